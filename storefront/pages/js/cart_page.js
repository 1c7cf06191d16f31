/* The cart's page: its lines at the shop's present prices, tax and shipping, the order form, what else may be wanted. */
import * as api from "./api.js";
import { productProperties, productUrl } from "./cards.js";
import { find, goTo, html, messageOf, money, render } from "./dom.js";
import { picture } from "./pictures.js";
import { lang, t } from "./texts.js";

/** @import { Cart } from "./cart.js" */
/** @import { Tracker } from "../../clients/tracker.js" */

const HOME_COUNTRY = "FR";
const names = new Intl.DisplayNames([lang], { type: "region" });

/** @param {CartLine} line */
const cartLine = ({ item, quantity }) => html`
  <li><a href="${productUrl(item)}" aria-hidden="true" tabindex="-1">${picture(item)}</a>
    <div><span class="brand">${item.brand}</span><a href="${productUrl(item)}">${item.title}</a>${!item.is_in_stock && html` <span class="soldout">${t("Sold out")}</span>`}</div>
    <label><span class="unseen">${t("Quantity of {title}", { title: item.title })}</span>
      <input type="number" min="0" max="99" inputmode="numeric" data-quantity="${item.product_id}" data-key="quantity-${item.product_id}" value="${quantity}"></label>
    <span>${money((item.price ?? 0) * quantity, item.currency)}</span>
    <button type="button" class="link" data-remove="${item.product_id}" aria-label="${t("Remove {title}", { title: item.title })}">${t("Remove")}</button></li>`;

/** @param {CartLine[]} lines */
const totalOf = (lines) => lines.reduce((sum, line) => sum + line.quantity * (line.item.price ?? 0), 0);

/** @param {CartLine[]} lines @param {boolean} canCheckOut */
const orderForm = (lines, canCheckOut) => html`
  <div class="checkout"><ul class="lines">${lines.map(cartLine)}</ul>
    <form class="summary"><dl class="amounts" aria-live="polite">${amount(t("Goods without tax"), totalOf(lines), lines[0].item.currency)}</dl>
      <label>${t("Ship to")} <select name="country" data-key="country"><option value="${HOME_COUNTRY}">${names.of(HOME_COUNTRY)}</option></select></label>
      <label>${t("Discount code")} <input name="code" data-key="code" autocomplete="off" maxlength="100" placeholder="${t("optional")}"></label>
      <button class="primary" data-key="order" ${!canCheckOut && "disabled"}>${t("Place demo order")}</button>
      <p class="muted">${canCheckOut ? t("No money moves: the order is real only in the demo shop.") : t("This shop takes its orders elsewhere.")}</p>
      <p class="error" role="alert"></p></form></div>`;

/** @param {string} title @param {number} value @param {string | null} currency */
const amount = (title, value, currency, isTotal = false) =>
  html`<div class="${isTotal && "total"}"><dt>${title}</dt><dd>${money(value, currency)}</dd></div>`;

/** @param {PricedOrder} order */
export const amountsOf = ({ lines, shipping, currency }) => {
  const sum = (/** @type {(line: PricedOrder["lines"][number]) => number} */ of) =>
    lines.reduce((total, line) => total + of(line), 0);
  const cents = (/** @type {number} */ value) => Math.round(value * 100) / 100;
  const discount = sum((line) => Number(line.discount));
  const tax = sum((line) => Number(line.tax));
  const revenue = sum((line) => line.quantity * Number(line.unit_price)) - discount;
  return {
    revenue: cents(revenue),
    discount: cents(discount),
    tax: cents(tax),
    shipping: Number(shipping),
    total: cents(revenue + tax + Number(shipping)),
    currency,
  };
};

/** @param {PricedOrder} order */
export const amountList = (order) => {
  const { revenue, discount, tax, shipping, total, currency } = amountsOf(order);
  return [
    amount(t("Goods without tax"), revenue + discount, currency),
    discount > 0 && amount(t("Discount"), -discount, currency),
    amount(t("Shipping"), shipping, currency),
    amount(t("VAT ({country})", { country: names.of(order.country_code) ?? order.country_code }), tax, currency),
    amount(t("Total"), total, currency, true),
  ];
};

/** @param {CartLine[]} lines */
const cartProducts = (lines) => lines.map(({ item, quantity }) => productProperties(item, { quantity }));

/** @param {CartLine[]} lines @param {FormData} fields */
const orderOf = (lines, fields) => ({
  customer_id: null,
  currency: lines[0].item.currency,
  country_code: fields.get("country"),
  discount_code: String(fields.get("code")).trim() || null,
  lines: lines.map(({ item, quantity }) => ({ product_id: Number(item.product_id), quantity })), // a number, as in Shopify
});

/** The cart's products as the shop has them now; what it has no more leaves the cart. @param {Cart} cart */
async function readLines(cart) {
  const read = async (/** @type {KeptLine} */ { product_id, quantity }) => {
    try {
      return [{ item: await api.product(product_id), quantity }];
    } catch (error) {
      if (!messageOf(error).startsWith("There is no product")) throw error;
      cart.set(product_id, 0);
      return [];
    }
  };
  return (await Promise.all(cart.lines.map(read))).flat();
}

/** Prices the cart again whenever the country, the code or a quantity changes. @param {HTMLElement} main @param {CartLine[]} lines */
async function showQuote(main, lines) {
  const form = find(main, "form.summary", HTMLFormElement);
  const error = find(form, ".error", HTMLElement);
  try {
    const { order, countries } = await api.quote(orderOf(lines, new FormData(form)));
    if (!form.isConnected && !main.contains(form)) return;
    render(find(form, ".amounts", HTMLElement), amountList(order));
    error.textContent = "";
    const select = find(form, "select", HTMLSelectElement);
    if (select.options.length === 1) {
      const sorted = countries
        .map((code) => ({ code, name: names.of(code) ?? code }))
        .sort((one, other) => one.name.localeCompare(other.name, lang));
      render(
        select,
        sorted.map(
          ({ code, name }) =>
            html`<option value="${code}" ${code === order.country_code && "selected"}>${name}</option>`,
        ),
      );
    }
  } catch (problem) {
    error.textContent = messageOf(problem);
  }
}

/** @param {HTMLFormElement} form @param {Tracker} tracker @param {Cart} cart @param {CartLine[]} lines */
async function checkOut(form, tracker, cart, lines) {
  const products = cartProducts(lines);
  const wanted = orderOf(lines, new FormData(form));
  tracker.track("Checkout Started", { value: totalOf(lines), currency: wanted.currency, products });
  const order = await api.placeOrder(wanted);
  tracker.track("Order Completed", {
    order_id: String(order.order_id),
    coupon: wanted.discount_code,
    products,
    ...amountsOf(order),
  });
  cart.clear();
  return `/thanks?${new URLSearchParams({ order: String(order.order_id), number: String(order.number) })}`;
}

/** @type {ShopPage} */
export async function cartPage(main, { tracker, cart, config }) {
  let lines = await readLines(cart);
  render(
    main,
    html`<h1>${t("Your cart")}</h1><div id="cart"></div>
    <comptoir-recommendations id="suggested" slot="cart" count="4" heading="${t("Before you go")}" product="${lines.at(-1)?.item.product_id}"
      without="${lines.map((line) => line.item.product_id).join(" ")}"></comptoir-recommendations>`,
  );
  const draw = () => {
    const place = find(main, "#cart", HTMLElement);
    if (!lines.length)
      return render(place, html`<p class="empty">${t("Your cart is empty.")} <a href="/">${t("Look around")}</a></p>`);
    render(place, orderForm(lines, config.checkout));
    if (config.checkout) showQuote(main, lines);
  };
  draw();
  tracker.track("Cart Viewed", { products: cartProducts(lines) });

  const change = (/** @type {string} */ id, /** @type {number} */ quantity) => {
    const line = lines.find((one) => one.item.product_id === id);
    if (!line) return;
    cart.set(id, quantity);
    const kept = cart.lines.find((one) => one.product_id === id)?.quantity ?? 0;
    const difference = kept - line.quantity;
    if (difference)
      tracker.track(
        difference > 0 ? "Product Added" : "Product Removed",
        productProperties(line.item, { quantity: Math.abs(difference) }),
      );
    lines = lines.map((one) => (one === line ? { ...one, quantity: kept } : one)).filter((one) => one.quantity > 0);
    draw();
    const field = main.querySelector(`[data-quantity="${CSS.escape(id)}"]`) ?? main.querySelector("h1");
    if (field instanceof HTMLElement) {
      if (field.matches("h1")) field.tabIndex = -1;
      field.focus();
    }
  };
  main.addEventListener("click", ({ target }) => {
    const id = target instanceof HTMLElement && target.dataset.remove;
    if (id) change(id, 0);
  });
  main.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.dataset.quantity)
      change(target.dataset.quantity, Number(target.value));
    else if (config.checkout) showQuote(main, lines);
  });
  main.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = find(main, "form.summary", HTMLFormElement);
    const button = find(form, "button", HTMLButtonElement);
    button.disabled = true;
    try {
      goTo(main, await checkOut(form, tracker, cart, lines));
    } catch (error) {
      find(form, ".error", HTMLElement).textContent = messageOf(error);
      button.disabled = false;
    }
  });
}
