/* Places the cart's order in the demo shop and reports it. */
import * as api from "./api.js";
import { productProperties } from "./cards.js";
import { html, render } from "./dom.js";

/** @import { Tracker } from "../tracker.js" */
/** @import { Cart } from "./cart.js" */

/** @param {Cart} cart */
export const cartProducts = (cart) => cart.lines.map(({ item, quantity }) => productProperties(item, { quantity }));

/**
 * Returns the address to go to. Throws an Error with the shop's reason when it takes no such order.
 * @param {HTMLFormElement} form
 * @param {Tracker} tracker
 * @param {Cart} cart
 */
export async function checkOut(form, tracker, cart) {
  const products = cartProducts(cart);
  tracker.track("Checkout Started", { value: cart.total, currency: cart.currency, products });
  const fields = new FormData(form);
  const coupon = String(fields.get("code")).trim() || null;
  const order = await api.placeOrder({
    customer_id: null,
    currency: cart.currency,
    country_code: fields.get("country"),
    discount_code: coupon,
    lines: cart.lines.map(({ item, quantity }) => ({ product_id: Number(item.product_id), quantity })), // a number, as in Shopify
  });
  const { order_id, currency, number } = order;
  tracker.track("Order Completed", { order_id: String(order_id), currency, coupon, products, ...amounts(order) });
  cart.clear();
  return `/thanks?order=${encodeURIComponent(`#${number}`)}`;
}

/**
 * The amounts of Segment's Order Completed.
 * @param {PricedOrder} order
 */
function amounts(order) {
  const sum = (/** @type {(line: PricedOrder["lines"][number]) => number} */ of) =>
    order.lines.reduce((total, line) => total + of(line), 0);
  const cents = (/** @type {number} */ amount) => Math.round(amount * 100) / 100;
  const discount = sum((line) => Number(line.discount));
  const tax = sum((line) => Number(line.tax));
  const shipping = Number(order.shipping);
  const revenue = sum((line) => line.quantity * Number(line.unit_price)) - discount;
  return {
    revenue: cents(revenue),
    discount: cents(discount),
    tax: cents(tax),
    shipping,
    total: cents(revenue + tax + shipping),
  };
}

/** @type {ShopPage} */
export async function thanksPage(main, { query }) {
  render(
    main,
    html`<section class="thanks"><h1>Thank you.</h1><p>Order <b>${query.get("order")}</b> is placed.
    It reaches the warehouse with the next sync, and the dashboard after that.</p><a class="primary" href="/">Back to the shop</a></section>`,
  );
}
