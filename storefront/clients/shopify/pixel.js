/*
 * Shopify's customer events as events of Comptoir's contract. Paste it as a custom pixel (Settings, Customer events)
 * after setting the two values below; as an app pixel pass `connect` to `register` of @shopify/web-pixels-extension.
 *
 * It runs without a document, in a sandboxed frame or worker: its requests have `Origin: null` or none, so that the
 * page's host stands in the address. What it keeps, it keeps in the shop page's own localStorage, under the names that
 * the tracker uses: comptoir.visitor and comptoir.session. Consent is Shopify's; without it nothing is kept or sent.
 * An order may be reported late, twice or not at all by a browser: the shop's own orders are what counts.
 */
const COLLECTOR = "https://collect.shop.example";
const WRITE_KEY = "KEY";

/** @typedef {import("@shopify/web-pixels-extension").PixelEvents} PixelEvents */
/** @typedef {PixelEvents["product_viewed"]["data"]["productVariant"]} Variant */
/** @typedef {PixelEvents["checkout_started"]["data"]["checkout"]} Checkout */
/** @typedef {import("@shopify/web-pixels-extension").ExtensionApi} Api */
/** @typedef {Pick<Api, "analytics" | "browser" | "init" | "customerPrivacy">} StandardApi */
/** @typedef {{ type: string, event?: string, name?: string, properties?: object, userId?: string }} Message */

const SESSION_IDLE = 30 * 60 * 1000; // ms
const VERSION = "0.1.0";

/** The number in an id, which may be written gid://shopify/Product/42. @param {string | null | undefined} id */
const plainId = (id) => (id ? id.slice(id.lastIndexOf("/") + 1) : undefined);

/** @param {{ amount: number } | null | undefined} money */
const amount = (money) => money?.amount;

/** @param {Variant} variant @param {number} [quantity] */
const productOf = (variant, quantity) => ({
  product_id: plainId(variant.product.id) ?? plainId(variant.id),
  sku: variant.sku || undefined,
  name: variant.product.title,
  brand: variant.product.vendor || undefined,
  category: variant.product.type || undefined,
  variant: variant.title || undefined,
  price: amount(variant.price),
  currency: variant.price.currencyCode,
  url: variant.product.url || undefined,
  image_url: variant.image?.src || undefined,
  quantity,
});

/** @param {Variant[]} variants */
const listOf = (variants) => variants.map((variant, place) => ({ ...productOf(variant), position: place + 1 }));

/** @param {Checkout} checkout */
const orderOf = (checkout) => ({
  checkout_id: checkout.token || undefined,
  order_id: plainId(checkout.order?.id),
  currency: checkout.currencyCode || undefined,
  total: amount(checkout.totalPrice),
  subtotal: amount(checkout.subtotalPrice),
  tax: amount(checkout.totalTax),
  shipping: amount(checkout.shippingLine?.price),
  discount: amount(checkout.discountsAmount),
  coupon: checkout.discountApplications.find(({ type }) => type === "DISCOUNT_CODE")?.title,
  products: checkout.lineItems.flatMap(({ variant, quantity }) => (variant ? [productOf(variant, quantity)] : [])),
});

/** @param {Checkout} checkout @param {number} step */
const stepOf = (checkout, step) => ({
  checkout_id: checkout.token || undefined,
  order_id: plainId(checkout.order?.id),
  step,
  shipping_method: checkout.delivery?.selectedDeliveryOptions[0]?.title || undefined,
  payment_method: checkout.transactions[0]?.paymentMethod?.name || undefined,
});

/** @param {string} event @param {object} properties @returns {Message} */
const track = (event, properties) => ({ type: "track", event, properties });

/**
 * The message of each standard event; null for those that say nothing about products, pages or orders.
 * @type {{ [Name in import("@shopify/web-pixels-extension").StandardEventName]: (event: PixelEvents[Name]) => Message | null }}
 */
const MESSAGES = {
  page_viewed: ({ context }) => ({ type: "page", name: context.document.title || undefined, properties: {} }),
  product_viewed: ({ data }) => track("Product Viewed", productOf(data.productVariant)),
  collection_viewed: ({ data }) =>
    track("Product List Viewed", {
      list_id: plainId(data.collection.id),
      category: data.collection.title,
      products: listOf(data.collection.productVariants),
    }),
  search_submitted: ({ data }) =>
    track("Products Searched", { query: data.searchResult.query, results: data.searchResult.productVariants.length }),
  product_added_to_cart: ({ data }) =>
    data.cartLine && track("Product Added", productOf(data.cartLine.merchandise, data.cartLine.quantity)),
  product_removed_from_cart: ({ data }) =>
    data.cartLine && track("Product Removed", productOf(data.cartLine.merchandise, data.cartLine.quantity)),
  cart_viewed: ({ data }) =>
    track("Cart Viewed", {
      cart_id: plainId(data.cart?.id),
      products: (data.cart?.lines ?? []).map((line) => productOf(line.merchandise, line.quantity)),
    }),
  checkout_started: ({ data }) => track("Checkout Started", orderOf(data.checkout)),
  checkout_contact_info_submitted: ({ data }) => track("Checkout Step Completed", stepOf(data.checkout, 1)),
  checkout_address_info_submitted: ({ data }) => track("Checkout Step Completed", stepOf(data.checkout, 2)),
  checkout_shipping_info_submitted: ({ data }) => track("Checkout Step Completed", stepOf(data.checkout, 3)),
  payment_info_submitted: ({ data }) => track("Payment Info Entered", stepOf(data.checkout, 4)),
  checkout_completed: ({ data }) => {
    const order = orderOf(data.checkout);
    const customer = plainId(data.checkout.order?.customer?.id);
    const { subtotal } = order; // Shopify's subtotal is after discounts, before shipping and tax
    return order.order_id ? { ...track("Order Completed", { ...order, revenue: subtotal }), userId: customer } : null;
  },
  alert_displayed: () => null,
  ui_extension_errored: () => null,
};

/** @param {StandardApi} api */
function connect({ analytics, browser, init, customerPrivacy }) {
  let allowed = init.customerPrivacy;
  const consent = () => ({
    analytics: allowed.analyticsProcessingAllowed,
    personalisation: allowed.analyticsProcessingAllowed && allowed.preferencesProcessingAllowed,
  });

  /** @param {string} key @returns {Promise<any>} */
  const read = async (key) => {
    try {
      return JSON.parse((await browser.localStorage.getItem(`comptoir.${key}`)) ?? "null");
    } catch {
      return null;
    }
  };
  /** @param {string} key @param {unknown} value */
  const write = (key, value) => browser.localStorage.setItem(`comptoir.${key}`, JSON.stringify(value)).catch(() => {});
  /** @param {string} key */
  const forget = (key) => browser.localStorage.removeItem(`comptoir.${key}`).catch(() => {});

  /** The visitor's id of the tracker on the same pages, else Shopify's own. @param {string} clientId */
  const visitorId = async (clientId) => {
    const known = await read("visitor");
    if (!known) await write("visitor", clientId);
    return known ?? clientId;
  };

  const nextSession = async () => {
    const now = Date.now();
    const last = await read("session");
    const id =
      last && now - last.at < SESSION_IDLE ? last.id : `${now.toString(36)}${Math.random().toString(36).slice(2)}`;
    await write("session", { id, at: now });
    return id;
  };
  // one after the other: two events of one moment would each begin a session
  let turn = Promise.resolve("");
  const sessionId = () => {
    turn = turn.then(nextSession);
    return turn;
  };

  /** @param {object} message */
  const send = (message) => {
    const host = encodeURIComponent(init.context.document.location.host);
    const body = JSON.stringify({ batch: [message], sentAt: new Date().toISOString(), writeKey: WRITE_KEY });
    // text/plain needs no preflight, which a page that is being left would not wait for
    return fetch(`${COLLECTOR}/v1/batch?host=${host}`, {
      method: "POST",
      body,
      keepalive: true,
      credentials: "omit",
      headers: { "content-type": "text/plain" },
    }).catch(() => {});
  };

  /** @param {{ clientId: string, id: string, timestamp: string, context: typeof init.context }} event @param {Message} message */
  const report = async (event, message) => {
    if (!consent().analytics) return;
    const { document, navigator } = event.context;
    const { href: url, pathname: path, search } = document.location;
    await send({
      ...message,
      messageId: `shopify-${event.id}`,
      anonymousId: await visitorId(event.clientId),
      userId: message.userId ?? plainId(init.data.customer?.id),
      originalTimestamp: event.timestamp,
      context: {
        sessionId: await sessionId(),
        consent: consent(),
        page: { url, path, search, referrer: document.referrer, title: document.title },
        locale: navigator.language,
        userAgent: navigator.userAgent,
        library: { name: "comptoir-shopify-pixel", version: VERSION },
      },
    });
  };

  for (const [name, toMessage] of Object.entries(MESSAGES)) {
    analytics.subscribe(name, (/** @type {any} */ event) => {
      const message = toMessage(/** @type {never} */ (event));
      if (message) report(event, message);
    });
  }

  customerPrivacy.subscribe("visitorConsentCollected", async (event) => {
    const before = consent();
    allowed = event.customerPrivacy;
    if (!before.analytics || consent().analytics) return;
    // taken back: what is kept is forgotten, and the shop is told once to forget it too
    const visitor = await read("visitor");
    await Promise.all(["visitor", "session", "queue", "user"].map(forget));
    if (!visitor) return;
    const now = new Date().toISOString();
    await send({
      type: "withdrawal",
      messageId: `shopify-no-${visitor}-${now}`,
      anonymousId: visitor,
      originalTimestamp: now,
      context: { consent: consent() },
    });
  });
}

connect(api);
