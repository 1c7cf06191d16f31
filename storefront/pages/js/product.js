/* A product's page: what it is, what is bought with it, what else there is. */
import * as api from "./api.js";
import { price, productProperties } from "./cards.js";
import { find, html, label, render, showNotice, stars } from "./dom.js";
import { picture } from "./pictures.js";
import { t } from "./texts.js";

/** @param {ShopProduct} item */
const productArticle = (item) => {
  const attributes = Object.entries(item.attributes ?? {});
  return html`
    <nav class="crumbs" aria-label="${t("Where you are")}"><a href="/">${t("Home")}</a>
      ${item.department && html` / <a href="/search?${new URLSearchParams({ department: item.department })}">${item.department}</a>`}
      ${item.category && html` / <a href="/search?${new URLSearchParams({ category: item.category })}">${item.category}</a>`}</nav>
    <article class="product">
      <div class="frame">${picture(item)}</div>
      <div>
        <p class="brand">${item.brand}</p>
        <h1>${item.title}</h1>
        <p>${stars(item.rating, item.rating_count)}</p>
        <p class="big-price">${price(item)} <small class="muted">${t("without tax")}</small></p>
        <p class="stock ${item.is_in_stock && "yes"}">${item.is_in_stock ? t("In stock") : t("Sold out for now")}</p>
        <button class="primary" id="add" data-key="add" ${!item.is_in_stock && "disabled"}>${t("Add to cart")}</button>
        ${
          attributes.length > 0 &&
          html`<table class="attributes"><caption class="unseen">${t("Details")}</caption><tbody>${attributes.map(
            ([name, value]) => html`<tr><th scope="row">${label(name)}</th><td>${String(value)}</td></tr>`,
          )}</tbody></table>`
        }
      </div>
    </article>
    <comptoir-recommendations id="together" slot="product" kind="together" product="${item.product_id}" count="4" heading="${t("Goes well with it")}"></comptoir-recommendations>
    <comptoir-recommendations id="similar" slot="product" product="${item.product_id}" count="8" heading="${t("You may also like")}" follow></comptoir-recommendations>`;
};

/** @type {ShopPage} */
export async function productPage(main, { tracker, cart, id }) {
  const item = await api.product(id);
  document.title = `${item.title} – Comptoir`;
  render(main, productArticle(item));
  tracker.track("Product Viewed", productProperties(item, { quantity: 1 }));
  find(main, "#add", HTMLButtonElement).addEventListener("click", () => {
    cart.add(item.product_id);
    tracker.track("Product Added", productProperties(item, { quantity: 1 }));
    showNotice(t("In your cart: {title}", { title: item.title }));
  });
  const similar = find(main, "#similar", HTMLElement);
  find(main, "#together", HTMLElement).addEventListener("comptoir:shown", (event) => {
    /** @type {{ items: RecommendedProduct[], hasChanged: boolean }} */
    const { items, hasChanged } = /** @type {CustomEvent} */ (event).detail;
    if (hasChanged) similar.setAttribute("without", items.map((one) => one.product_id).join(" "));
  });
}
