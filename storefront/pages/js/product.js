/* A product's page: what it is, what is bought with it, what else there is. */
import * as api from "./api.js";
import { price, productProperties, reportViewed, row } from "./cards.js";
import { find, html, label, render, showNotice, stars } from "./dom.js";
import { picture } from "./pictures.js";

/** @param {ShopProduct} item */
const productArticle = (item) => {
  const attributes = Object.entries(item.attributes ?? {});
  return html`
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
        ${
          attributes.length > 0 &&
          html`<table class="attributes"><tbody>${attributes.map(
            ([name, value]) => html`<tr><th>${label(name)}</th><td>${String(value)}</td></tr>`,
          )}</tbody></table>`
        }
      </div>
    </article>
    <div id="together"></div><div id="similar"></div>`;
};

/** @type {ShopPage} */
export async function productPage(main, { tracker, cart, id }) {
  const item = await api.product(id);
  document.title = `${item.title} – Comptoir`;
  render(main, productArticle(item));
  tracker.track("Product Viewed", productProperties(item, { quantity: 1 }));
  find(main, "#add", HTMLButtonElement).addEventListener("click", () => {
    cart.add(item);
    tracker.track("Product Added", productProperties(item, { quantity: 1 }));
    showNotice(`In your cart: ${item.title}`);
  });

  const [together, similar] = await Promise.all([
    api.boughtTogether(id, 4),
    api.recommend("product", tracker.followedVisitorId, 8, id),
  ]);
  const inFirstRow = new Set(together.map((one) => one.product_id));
  const others = similar.filter((one) => !inFirstRow.has(one.product_id));
  render(find(main, "#together", HTMLElement), row("Goes well with it", together, "product"));
  render(find(main, "#similar", HTMLElement), row("You may also like", others, "product"));
  reportViewed(tracker, "product", [...together, ...others]);
}
