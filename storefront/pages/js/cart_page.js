/* The cart's page: its lines, the order form and what else may be wanted. */
import * as api from "./api.js";
import { productProperties, productUrl, reportViewed, row } from "./cards.js";
import { cartProducts, checkOut } from "./checkout.js";
import { find, goTo, html, messageOf, money, render } from "./dom.js";
import { picture } from "./pictures.js";

/** @import { Cart } from "./cart.js" */

const COUNTRIES = { FR: "France", BE: "Belgium", DE: "Germany", NL: "Netherlands", ES: "Spain", IT: "Italy" };

/** @param {CartLine} line */
const cartLine = ({ item, quantity }) => html`
  <li><a href="${productUrl(item)}">${picture(item)}</a><div><span class="brand">${item.brand}</span><a href="${productUrl(item)}">${item.title}</a></div>
    <span>${quantity} × ${money(item.price, item.currency)}</span>
    <button class="link" data-remove="${item.product_id}" aria-label="Remove ${item.title}">Remove</button></li>`;

/**
 * @param {Cart} cart
 * @param {boolean} canCheckOut
 */
const orderForm = (cart, canCheckOut) => html`
  <div class="checkout"><ul class="lines">${cart.lines.map(cartLine)}</ul>
    <form class="summary"><p class="total"><span>Total without tax</span><b>${money(cart.total, cart.currency)}</b></p>
      <label>Ship to <select name="country">${Object.entries(COUNTRIES).map(
        ([code, name]) => html`<option value="${code}">${name}</option>`,
      )}</select></label>
      <label>Discount code <input name="code" autocomplete="off" placeholder="optional"></label>
      <button class="primary" ${!canCheckOut && "disabled"}>Place demo order</button>
      <p class="muted">${canCheckOut ? "No money moves: the order is real only in the demo shop." : "This shop takes its orders elsewhere."}</p>
      <p class="error" role="alert"></p></form></div>`;

/** @type {ShopPage} */
export async function cartPage(main, { tracker, cart, config }) {
  render(main, html`<h1>Your cart</h1><div id="cart"></div><div id="suggested"></div>`);
  const draw = () =>
    render(
      find(main, "#cart", HTMLElement),
      cart.lines.length
        ? orderForm(cart, config.checkout)
        : html`<p class="empty">Your cart is empty. <a href="/">Look around</a></p>`,
    );
  draw();
  tracker.track("Cart Viewed", { products: cartProducts(cart) });

  main.addEventListener("click", ({ target }) => {
    const id = target instanceof HTMLElement && target.dataset.remove;
    const removed = id && cart.remove(id);
    if (!removed) return;
    tracker.track("Product Removed", productProperties(removed.item, { quantity: removed.quantity }));
    draw();
  });
  main.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = find(main, "form", HTMLFormElement);
    const button = find(form, "button", HTMLButtonElement);
    button.disabled = true;
    try {
      goTo(main, await checkOut(form, tracker, cart));
    } catch (error) {
      find(form, ".error", HTMLElement).textContent = messageOf(error);
      button.disabled = false;
    }
  });

  const items = await api.recommend("cart", tracker.followedVisitorId, 4, cart.lines.at(-1)?.item.product_id);
  const others = items.filter((item) => !cart.lines.some((line) => line.item.product_id === item.product_id));
  render(find(main, "#suggested", HTMLElement), row("Before you go", others, "cart"));
  reportViewed(tracker, "cart", others);
}
