/* A product: what it is, what goes with it, what else there is. */
import * as api from "./api.js";
import { asEvent, price, row, seen } from "./cards.js";
import { html, notice, render, stars, words } from "./dom.js";
import { picture } from "./pictures.js";

export async function product(main, { tracker, cart, id }) {
  const item = await api.product(id);
  document.title = `${item.title} – Comptoir`;
  const attributes = Object.entries(item.attributes ?? {});
  render(main, html`
    <p class="crumbs"><a href="/">Home</a>
      ${item.department && html` / <a href="/search?${new URLSearchParams({ department: item.department })}">${item.department}</a>`}
      ${item.category && html` / <a href="/search?${new URLSearchParams({ category: item.category })}">${item.category}</a>`}</p>
    <article class="product">
      <div class="frame">${picture(item)}</div>
      <div>
        <p class="brand">${item.brand}</p>
        <h1>${item.title}</h1>
        <p>${stars(item.rating, item.rating_count)}</p>
        <p class="big-price">${price(item)} <small class="muted">without tax</small></p>
        <p class="stock ${item.is_in_stock && "yes"}">${item.is_in_stock ? "In stock" : "Sold out for now"}</p>
        <button class="primary" id="add" ${!item.is_in_stock && "disabled"}>Add to cart</button>
        ${item.description && html`<p class="description">${item.description}</p>`}
        ${attributes.length > 0 && html`<table class="attributes"><tbody>${attributes.map(([name, value]) =>
          html`<tr><th>${words(name)}</th><td>${String(value)}</td></tr>`)}</tbody></table>`}
      </div>
    </article>
    <div id="together"></div><div id="similar"></div>`);
  tracker.track("Product Viewed", asEvent(item, { quantity: 1 }));
  main.querySelector("#add").addEventListener("click", () => {
    cart.add(item);
    tracker.track("Product Added", asEvent(item, { quantity: 1 }));
    notice(`In your cart: ${item.title}`);
  });

  const visitor = tracker.consent?.personalisation ? tracker.visitorId : "";
  const [together, similar] = await Promise.all([api.goesWith(id, 4), api.recommend("product", visitor, 8, id)]);
  const beside = new Set(together.map((one) => one.product_id));
  const others = similar.filter((one) => !beside.has(one.product_id));
  render(main.querySelector("#together"), row("Goes well with it", together, { slot: "product" }));
  render(main.querySelector("#similar"), row("You may also like", others, { slot: "product" }));
  seen(tracker, "product", [...together, ...others]);
}
