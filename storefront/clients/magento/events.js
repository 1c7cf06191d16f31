/*
 * Events of Adobe's storefront events SDK (@adobe/magento-storefront-events-sdk) as events of Comptoir's contract.
 *
 * Loaded beside tag.js on Adobe Commerce and Magento storefronts that publish them. It listens to the data layer and
 * adds nothing to the page. Products are named by Magento's product id, as the warehouse knows them.
 */

/** @typedef {import("@adobe/magento-storefront-events-sdk/dist/types/types/events").EventHandler} EventHandler */
/** @typedef {import("@adobe/magento-storefront-events-sdk/dist/types/types/contexts").Context} Contexts */
/** @typedef {Partial<Contexts> & Record<string, any>} Info what an event knows */
/** @typedef {import("@adobe/magento-storefront-events-sdk/dist/types/types/schemas").Product} Product */
/** @typedef {import("@adobe/magento-storefront-events-sdk/dist/types/types/schemas").ShoppingCartItem} CartItem */
/** @typedef {{ track: (event: string, properties: object) => void, page: (name: string, properties?: object) => void }} Tracker */
/** @typedef {Record<string, (handler: EventHandler) => void>} Subscriptions */

/** @param {Product} product @param {string} [currency] of the store */
const productOf = (product, currency) => ({
  product_id: String(product.productId),
  sku: product.sku,
  name: product.name,
  brand: product.manufacturer ?? undefined,
  category: product.categories?.[0],
  price: product.pricing?.specialPrice ?? product.pricing?.minimalPrice ?? product.pricing?.regularPrice,
  currency: product.pricing?.currencyCode ?? currency,
  url: product.canonicalUrl ?? undefined,
  image_url: product.mainImageUrl ?? undefined,
});

/** @param {Info} info */
const currencyOf = ({ storefrontInstanceContext: store }) => store?.storeViewCurrencyCode ?? store?.baseCurrencyCode;

/** @param {CartItem} item @param {string} [currency] */
const lineOf = ({ product, quantity, prices }, currency) => ({
  ...productOf(product, currency),
  price: prices?.price?.value ?? productOf(product).price,
  quantity,
});

/** @param {Info} info */
const cartLines = (info) => (info.shoppingCartContext?.items ?? []).map((item) => lineOf(item, currencyOf(info)));

/** What was put into the cart or taken out; a page that sets no such context means its own product. @param {Info} info */
const changedLines = (info) => {
  const currency = currencyOf(info);
  if (info.changedProductsContext?.items)
    return info.changedProductsContext.items.map((item) => lineOf(item, currency));
  return info.productContext ? [{ ...productOf(info.productContext, currency), quantity: 1 }] : [];
};

/** @param {Info} info */
const cartOf = (info) => ({ cart_id: info.shoppingCartContext?.id ?? undefined, products: cartLines(info) });

/** @param {Info} info */
const orderOf = (info) => {
  const order = info.orderContext;
  const items = info.orderProductsContext?.items ?? info.shoppingCartContext?.items ?? [];
  return {
    order_id: String(order?.orderId ?? ""),
    total: order?.grandTotal,
    subtotal: order?.subtotalExcludingTax,
    revenue: order && order.subtotalExcludingTax - Math.abs(order.discountAmount ?? 0),
    tax: order?.taxAmount ?? order?.salesTax,
    shipping: order?.shipping?.shippingAmount,
    discount: Math.abs(order?.discountAmount ?? 0),
    coupon: order?.appliedCouponCode || undefined,
    currency: currencyOf(info),
    products: items.map((/** @type {CartItem} */ item) => lineOf(item, currencyOf(info))),
  };
};

/** The unit that an event is about: of several lists on a page the one that it names. @param {{ units: any[] } | undefined} context @param {Info} info */
const unitOf = (context, info) => {
  const id = info.searchUnitId ?? info.unitId;
  return context?.units.find((unit) => [unit.searchUnitId, unit.unitId].includes(id)) ?? context?.units[0];
};

/** @param {Info} info */
const searched = (info) => {
  const asked = unitOf(info.searchInputContext, info);
  const found = unitOf(info.searchResultsContext, info);
  return {
    query: asked?.phrase ?? "",
    filters: (asked?.filter ?? []).map((/** @type {any} */ one) => ({
      type: one.attribute,
      value: one.eq ?? one.in ?? one.range,
    })),
    sorts: (asked?.sort ?? []).map((/** @type {any} */ one) => ({
      type: one.attribute,
      value: String(one.direction).toLowerCase(),
    })),
    results: found?.products?.length,
  };
};

/** A recommended product and its place. @param {Info} info */
const recommended = (info) => {
  const unit = unitOf(info.recommendationsContext, info);
  const product = unit?.products.find((/** @type {any} */ one) => one.productId === info.productId);
  return (
    product && {
      product_id: String(product.productId),
      sku: product.sku,
      name: product.name,
      position: product.rank,
      recommendation: { slot: unit.unitName || unit.typeId, rank: product.rank, source: "adobe" },
    }
  );
};

/** What each subscription of the SDK reports. @type {Record<string, (tracker: Tracker, info: Info) => void>} */
const REPORTS = {
  pageView: (tracker, info) => tracker.page(info.pageContext?.pageName ?? info.pageContext?.pageType ?? ""),
  productPageView: (tracker, info) =>
    info.productContext && tracker.track("Product Viewed", productOf(info.productContext, currencyOf(info))),
  categoryResultsView: (tracker, info) => {
    const category = info.categoryContext;
    tracker.track("Product List Viewed", { list_id: category?.urlKey, category: category?.name });
  },
  searchResultsView: (tracker, info) => searched(info).query && tracker.track("Products Searched", searched(info)),
  addToCart: (tracker, info) => {
    for (const line of changedLines(info)) tracker.track("Product Added", line);
  },
  removeFromCart: (tracker, info) => {
    for (const line of changedLines(info)) tracker.track("Product Removed", line);
  },
  shoppingCartView: (tracker, info) => tracker.track("Cart Viewed", cartOf(info)),
  initiateCheckout: (tracker, info) =>
    tracker.track("Checkout Started", {
      checkout_id: info.shoppingCartContext?.id ?? undefined,
      currency: currencyOf(info),
      products: cartLines(info),
    }),
  placeOrder: (tracker, info) => info.orderContext?.orderId && tracker.track("Order Completed", orderOf(info)),
  recsItemClick: (tracker, info) => {
    const clicked = recommended(info);
    if (clicked) tracker.track("Product Clicked", clicked);
  },
  recsUnitView: (tracker, info) => {
    const unit = unitOf(info.recommendationsContext, info);
    const products = unit?.products.map((/** @type {any} */ one) => ({
      product_id: String(one.productId),
      position: one.rank,
      source: "adobe",
    }));
    if (products?.length) tracker.track("Recommendations Viewed", { slot: unit.unitName || unit.typeId, products });
  },
};

/**
 * Reports what the SDK publishes, from now on and what it has already published, to the tracker.
 * @param {{ subscribe: object }} sdk
 * @param {Tracker} tracker
 */
export function connect(sdk, tracker) {
  const subscriptions = /** @type {Subscriptions} */ (sdk.subscribe);
  for (const [name, report] of Object.entries(REPORTS)) {
    subscriptions[name]?.((event) => report(tracker, /** @type {Info} */ (event.eventInfo ?? {})));
  }
}

/** @param {Tracker} tracker */
const start = (tracker) => window.magentoStorefrontEvents && connect(window.magentoStorefrontEvents, tracker);
if (window.comptoir) start(window.comptoir);
else addEventListener("comptoir:ready", () => window.comptoir && start(window.comptoir));
