/* The cart (kept in the browser) and the check-out of the demo shop. */
import * as api from "./api.js";
import { asEvent, productUrl, row, seen } from "./cards.js";
import { html, money, render } from "./dom.js";
import { picture } from "./pictures.js";

const KEY = "comptoir.cart";
const COUNTRIES = { FR: "France", BE: "Belgium", DE: "Germany", NL: "Netherlands", ES: "Spain", IT: "Italy" };

export class Cart {
  constructor(onChange) {
    this.onChange = onChange;
    this.lines = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    onChange(this);
  }
  get units() { return this.lines.reduce((sum, line) => sum + line.quantity, 0); }
  get total() { return this.lines.reduce((sum, line) => sum + line.quantity * line.item.price, 0); }
  get currency() { return this.lines[0]?.item.currency; }
  add(item) {
    const line = this.lines.find((one) => one.item.product_id === item.product_id);
    if (line) line.quantity += 1;
    else this.lines.push({ item, quantity: 1 });
    this.keep();
  }
  remove(productId) { this.lines = this.lines.filter((line) => line.item.product_id !== productId); this.keep(); }
  clear() { this.lines = []; this.keep(); }
  keep() { localStorage.setItem(KEY, JSON.stringify(this.lines)); this.onChange(this); }
}

const lineOf = ({ item, quantity }) => html`
  <li><a href="${productUrl(item)}">${picture(item)}</a><div><span class="brand">${item.brand}</span><a href="${productUrl(item)}">${item.title}</a></div>
    <span>${quantity} × ${money(item.price, item.currency)}</span>
    <button class="link" data-remove="${item.product_id}" aria-label="Remove ${item.title}">Remove</button></li>`;

export async function cartPage(main, { tracker, cart, config }) {
  const draw = () => render(main.querySelector("#cart"), cart.lines.length ? html`
    <div class="checkout"><ul class="lines">${cart.lines.map(lineOf)}</ul>
      <form class="summary"><p class="total"><span>Total without tax</span><b>${money(cart.total, cart.currency)}</b></p>
        <label>Ship to <select name="country">${Object.entries(COUNTRIES).map(([code, name]) => html`<option value="${code}">${name}</option>`)}</select></label>
        <label>Discount code <input name="code" autocomplete="off" placeholder="optional"></label>
        <button class="primary" ${!config.checkout && "disabled"}>Place demo order</button>
        <p class="muted">${config.checkout ? "No money moves: the order is real only in the demo shop." : "This shop takes its orders elsewhere."}</p>
        <p class="error" role="alert"></p></form></div>` : html`<p class="empty">Your cart is empty. <a href="/">Look around</a></p>`);

  render(main, html`<h1>Your cart</h1><div id="cart"></div><div id="suggested"></div>`);
  draw();
  tracker.track("Cart Viewed", { products: products(cart) });
  main.addEventListener("click", (event) => {
    const id = event.target.dataset?.remove;
    if (!id) return;
    const { item, quantity } = cart.lines.find((line) => line.item.product_id === id);
    cart.remove(id);
    tracker.track("Product Removed", asEvent(item, { quantity }));
    draw();
  });
  main.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    try {
      const place = await checkOut(event.target, tracker, cart);
      main.dispatchEvent(new CustomEvent("go", { bubbles: true, detail: place }));
    } catch (error) {
      event.target.querySelector(".error").textContent = error.message;
      button.disabled = false;
    }
  });
  const visitor = tracker.consent?.personalisation ? tracker.visitorId : "";
  const items = await api.recommend("cart", visitor, 4, cart.lines.at(-1)?.item.product_id);
  const fresh = items.filter((item) => !cart.lines.some((line) => line.item.product_id === item.product_id));
  render(main.querySelector("#suggested"), row("Before you go", fresh, { slot: "cart" }));
  seen(tracker, "cart", fresh);
}

const products = (cart) => cart.lines.map(({ item, quantity }) => asEvent(item, { quantity }));

async function checkOut(form, tracker, cart) {
  tracker.track("Checkout Started", { value: cart.total, currency: cart.currency, products: products(cart) });
  const fields = new FormData(form);
  const coupon = fields.get("code").trim() || null;
  const order = await api.placeOrder({
    customer_id: null,
    currency: cart.currency,
    country_code: fields.get("country"),
    discount_code: coupon,
    lines: cart.lines.map(({ item, quantity }) => ({ product_id: Number(item.product_id), quantity })), // as Shopify counts
  });
  const id = String(order.order_id);
  tracker.track("Order Completed", { order_id: id, currency: order.currency, coupon, products: products(cart), ...amounts(order) });
  cart.clear();
  return `/thanks?order=${encodeURIComponent(`#${order.number}`)}`;
}

/** Segment's amounts of an order that the shop has priced. */
function amounts(order) {
  const sum = (of) => order.lines.reduce((total, line) => total + of(line), 0);
  const cents = (amount) => Math.round(amount * 100) / 100;
  const [discount, tax, shipping] = [sum((line) => Number(line.discount)), sum((line) => Number(line.tax)), Number(order.shipping)];
  const revenue = sum((line) => line.quantity * Number(line.unit_price)) - discount;
  return { revenue: cents(revenue), discount: cents(discount), tax: cents(tax), shipping, total: cents(revenue + tax + shipping) };
}

export async function thanks(main, { query }) {
  render(main, html`<section class="thanks"><h1>Thank you.</h1><p>Order <b>${query.get("order")}</b> is placed.
    It reaches the warehouse's tables with the next sync, and the dashboard after that.</p><a class="primary" href="/">Back to the shop</a></section>`);
}
