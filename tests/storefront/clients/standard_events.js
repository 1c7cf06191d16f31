/*
 * Every standard event of Shopify's customer events, as their types have them, and a sandbox that publishes them: the
 * globals of a custom pixel, of which `browser` works in the page and answers later.
 */

/** @typedef {import("@shopify/web-pixels-extension").PixelEvents} ShopifyEvents */
/** @typedef {import("@shopify/web-pixels-extension").StandardEventName} StandardEventName */
/** @typedef {ShopifyEvents["checkout_started"]["data"]["checkout"]} ShopifyCheckout */
/** @typedef {import("@shopify/web-pixels-extension").ExtensionApi} ShopifyApi */

/** @param {string} host */
const locationOf = (host) => ({
  hash: "",
  host,
  hostname: host.split(":")[0],
  href: `http://${host}/products/slim-14?q=tv&token=s3cret`,
  origin: `http://${host}`,
  pathname: "/products/slim-14",
  port: "",
  protocol: "http:",
  search: "?q=tv&token=s3cret",
});

/** @param {string} host @returns {ShopifyApi["init"]["context"]} */
const contextOf = (host) => ({
  document: { characterSet: "UTF-8", location: locationOf(host), referrer: "http://news.test/", title: "Slim 14" },
  navigator: { cookieEnabled: true, language: "fr-FR", languages: ["fr-FR"], userAgent: "Mozilla/5.0 (test)" },
  window: {
    innerHeight: 800,
    innerWidth: 375,
    location: locationOf(host),
    origin: `http://${host}`,
    outerHeight: 800,
    outerWidth: 375,
    pageXOffset: 0,
    pageYOffset: 0,
    screen: { height: 800, width: 375 },
    screenX: 0,
    screenY: 0,
    scrollX: 0,
    scrollY: 0,
  },
});

/** @param {number} amount */
const euros = (amount) => ({ amount, currencyCode: "EUR" });

const product = {
  id: "gid://shopify/Product/8001",
  title: "Slim 14",
  type: "Laptops",
  untranslatedTitle: "Slim 14",
  url: "/products/slim-14",
  vendor: "Norvane",
};
const variant = {
  id: "gid://shopify/ProductVariant/44001",
  image: { src: "https://cdn.shop.test/slim.jpg" },
  price: euros(899),
  product,
  sku: "NV-14",
  title: "OLED",
  untranslatedTitle: "OLED",
};
const cartLine = { cost: { totalAmount: euros(1798) }, merchandise: variant, quantity: 2 };
const address = {
  address1: "1 rue Secrète",
  address2: null,
  city: "Lyon",
  country: "France",
  countryCode: "FR",
  firstName: "Ada",
  lastName: "Lovelace",
  phone: "+33 1 99 00 00 00",
  province: null,
  provinceCode: null,
  zip: "EC1A 1ZZ",
};
/** @type {ShopifyCheckout} */
const checkout = {
  attributes: [],
  billingAddress: address,
  buyerAcceptsEmailMarketing: false,
  buyerAcceptsSmsMarketing: false,
  currencyCode: "EUR",
  delivery: {
    selectedDeliveryOptions: [
      {
        cost: euros(4.9),
        costAfterDiscounts: euros(4.9),
        description: null,
        handle: "standard",
        title: "Standard",
        type: "shipping",
      },
    ],
  },
  discountApplications: [
    {
      allocationMethod: "ACROSS",
      targetSelection: "ALL",
      targetType: "LINE_ITEM",
      title: "WELCOME10",
      type: "DISCOUNT_CODE",
      value: { percentage: 10 },
    },
  ],
  discountsAmount: euros(179.8),
  email: "ada@example.test",
  lineItems: [
    {
      discountAllocations: [],
      finalLinePrice: euros(1618.2),
      id: "44001",
      properties: [],
      quantity: 2,
      sellingPlanAllocation: null,
      title: "Slim 14",
      variant,
    },
  ],
  localization: { country: { isoCode: "FR" }, language: { isoCode: "fr" }, market: { handle: "fr", id: "1" } },
  order: { customer: { id: "gid://shopify/Customer/6001", isFirstOrder: true }, id: "gid://shopify/Order/5001" },
  phone: null,
  shippingAddress: address,
  shippingLine: { price: euros(4.9) },
  smsMarketingPhone: null,
  subtotalPrice: euros(1618.2),
  token: "checkout-token",
  totalPrice: euros(1947.72),
  totalTax: euros(324.62),
  transactions: [{ amount: euros(1947.72), gateway: "bogus", paymentMethod: { name: "Visa", type: "creditCard" } }],
};

/** @type {{ [Name in StandardEventName]: ShopifyEvents[Name]["data"] }} */
const DATA = {
  page_viewed: {},
  product_viewed: { productVariant: variant },
  collection_viewed: {
    collection: { id: "gid://shopify/Collection/301", productVariants: [variant], title: "Laptops" },
  },
  search_submitted: { searchResult: { productVariants: [variant], query: "slim" } },
  product_added_to_cart: { cartLine },
  product_removed_from_cart: { cartLine },
  cart_viewed: {
    cart: { attributes: [], cost: { totalAmount: euros(1798) }, id: "c1-token", lines: [cartLine], totalQuantity: 2 },
  },
  checkout_started: { checkout: { ...checkout, order: null } },
  checkout_contact_info_submitted: { checkout: { ...checkout, order: null } },
  checkout_address_info_submitted: { checkout: { ...checkout, order: null } },
  checkout_shipping_info_submitted: { checkout: { ...checkout, order: null } },
  payment_info_submitted: { checkout: { ...checkout, order: null } },
  checkout_completed: { checkout },
  alert_displayed: {
    alert: {
      message: "Enter an email",
      target: "cart.email",
      type: /** @type {any} */ ("INPUT_REQUIRED"),
      value: null,
    },
  },
  ui_extension_errored: {
    error: {
      apiVersion: "2026-01",
      appId: "1",
      appName: "App",
      appVersion: "1",
      extensionName: "x",
      extensionTarget: "y",
      message: "no",
      placementReference: null,
      trace: "",
      type: /** @type {any} */ ("EXTENSION_USAGE_ERROR"),
    },
  },
};

/**
 * The globals of a pixel, as `self.api`, and `self.publish` and `self.decide` to play Shopify's part.
 * @param {{ host: string, allowed: boolean, call: (method: string, ...values: unknown[]) => Promise<any> }} shop
 */
function makeSandbox({ host, allowed, call }) {
  /** @type {Map<string, ((event: any) => void)[]>} */
  const subscribers = new Map();
  const subscribe = (/** @type {string} */ name, /** @type {(event: any) => void} */ callback) => {
    subscribers.set(name, [...(subscribers.get(name) ?? []), callback]);
    return () => true;
  };
  const consent = (/** @type {boolean} */ is) => ({
    analyticsProcessingAllowed: is,
    marketingAllowed: is,
    preferencesProcessingAllowed: is,
    saleOfDataAllowed: is,
  });
  const storage = () => ({
    getItem: (/** @type {string} */ key) => call("getItem", key),
    setItem: (/** @type {string} */ key, /** @type {unknown} */ value) => call("setItem", key, value),
    removeItem: (/** @type {string} */ key) => call("removeItem", key),
    clear: () => call("clear"),
    key: (/** @type {number} */ index) => call("key", index),
    length: () => call("length"),
  });
  /** @type {ShopifyApi} */
  const sandboxed = {
    settings: {},
    analytics: { subscribe },
    browser: {
      cookie: { get: async () => "", set: async () => "" },
      localStorage: storage(),
      sessionStorage: storage(),
      sendBeacon: async () => true,
    },
    init: {
      context: contextOf(host),
      data: {
        customer: null,
        cart: null,
        shop: {
          countryCode: "FR",
          myshopifyDomain: "x.myshopify.com",
          name: "x",
          paymentSettings: { currencyCode: "EUR" },
          storefrontUrl: null,
        },
        purchasingCompany: null,
      },
      customerPrivacy: consent(allowed),
    },
    _pixelInfo: {},
    customerPrivacy: { subscribe },
  };
  let seq = 0;
  const publish = () => {
    for (const [name, data] of Object.entries(DATA)) {
      seq += 1;
      const event = {
        clientId: "7b8d0a52-client",
        context: contextOf(host),
        data,
        id: `sh-${seq}`,
        name,
        seq,
        timestamp: new Date().toISOString(),
        type: "standard",
      };
      for (const callback of subscribers.get(name) ?? []) callback(event);
    }
  };
  const decide = (/** @type {boolean} */ is) => {
    for (const callback of subscribers.get("visitorConsentCollected") ?? []) callback({ customerPrivacy: consent(is) });
  };
  Object.assign(globalThis, { api: sandboxed, publish, decide });
}

Object.assign(globalThis, { makeSandbox });
