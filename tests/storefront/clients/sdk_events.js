/* Publishes with Adobe's SDK each event that a Magento storefront publishes, with contexts as its types have them. */

/** @typedef {import("@adobe/magento-storefront-events-sdk").MagentoStorefrontEvents} Sdk */
/** @typedef {import("@adobe/magento-storefront-events-sdk/dist/types/types/schemas").Product} Product */
/** @typedef {import("@adobe/magento-storefront-events-sdk/dist/types/types/schemas").ShoppingCartItem} CartItem */

/** @type {Product} */
const slim = {
  productId: 4201,
  name: "Slim 14",
  sku: "NV-14",
  categories: ["laptops"],
  manufacturer: "Norvane",
  pricing: { regularPrice: 999, specialPrice: 899, currencyCode: null },
  canonicalUrl: "https://shop.example/slim-14.html",
};
/** @type {CartItem} */
const line = {
  canApplyMsrp: false,
  formattedPrice: "899 €",
  id: "1",
  prices: { price: { value: 899, currency: "EUR" } },
  product: slim,
  quantity: 2,
};

/** @param {Sdk} sdk */
function publishAll(sdk) {
  sdk.context.setStorefrontInstance({
    environmentId: "e",
    environment: "Testing",
    storeUrl: "https://shop.example",
    websiteId: 1,
    storeId: 1,
    storeViewId: 1,
    websiteName: "x",
    storeName: "x",
    storeViewName: "x",
    baseCurrencyCode: "USD",
    storeViewCurrencyCode: "EUR",
  });
  sdk.context.setPage({
    pageType: "PDP",
    pageName: "Slim 14",
    maxXOffset: 0,
    maxYOffset: 0,
    minXOffset: 0,
    minYOffset: 0,
    ping_interval: 5,
    pings: 1,
  });
  sdk.context.setProduct(slim);
  sdk.context.setCategory({ name: "Laptops", urlKey: "laptops", urlPath: "computers/laptops" });
  sdk.context.setChangedProducts({ items: [line] });
  sdk.context.setShoppingCart({ id: "cart-1", items: [line], totalQuantity: 2 });
  sdk.context.setSearchInput({
    units: [
      {
        searchUnitId: "results",
        searchRequestId: "r",
        queryTypes: ["products"],
        phrase: "slim",
        pageSize: 12,
        currentPage: 1,
        filter: [
          { attribute: "brand", eq: "Norvane" },
          { attribute: "price", range: { from: 100, to: 900 } },
        ],
        sort: [{ attribute: "price", direction: "ASC" }],
      },
    ],
  });
  sdk.context.setSearchResults({
    units: [
      {
        searchUnitId: "results",
        searchRequestId: "r",
        products: [{ name: "Slim 14", sku: "NV-14", url: "", imageUrl: "", rank: 0 }],
        categories: [],
        suggestions: [],
        page: 1,
        perPage: 12,
        facets: [],
      },
    ],
  });
  sdk.context.setRecommendations({
    units: [
      {
        unitId: "u1",
        unitName: "Goes with it",
        unitType: "primary",
        searchTime: 1,
        totalProducts: 1,
        primaryProducts: 1,
        backupProducts: 0,
        pagePlacement: "below",
        typeId: "bought-bought",
        products: [
          {
            rank: 1,
            score: 1,
            sku: "NV-S",
            name: "Sleeve",
            productId: 4301,
            type: "simple",
            visibility: "x",
            categories: [],
            weight: 0,
            url: "",
            queryType: "primary",
          },
        ],
      },
    ],
  });
  sdk.publish.pageView();
  sdk.publish.productPageView();
  sdk.publish.categoryResultsView("results");
  sdk.publish.searchResultsView("results");
  sdk.publish.addToCart();
  sdk.publish.removeFromCart();
  sdk.publish.shoppingCartView();
  sdk.publish.recsUnitView("u1");
  sdk.publish.recsItemClick("u1", 4301);
  sdk.publish.initiateCheckout();
  sdk.context.setOrder({
    appliedCouponCode: "WELCOME10",
    email: "ada@example.test",
    grandTotal: 1947.72,
    orderId: "000000042",
    otherTax: 0,
    paymentMethodCode: "checkmo",
    paymentMethodName: "Check",
    salesTax: 324.62,
    shipping: { shippingAmount: 4.9 },
    subtotalExcludingTax: 1798,
    subtotalIncludingTax: 2157.6,
    discountAmount: 179.8,
  });
  sdk.publish.placeOrder();
  // of no interest to the contract
  sdk.publish.signIn();
  sdk.publish.pageActivitySummary();
}

Object.assign(globalThis, { publishAll });
