/* Product cards of result lists, and what an event says of a product. Recommended products are the component's. */
import { html, money, raw, stars } from "./dom.js";
import { picture } from "./pictures.js";
import { t } from "./texts.js";

/** @param {ShopProduct} item */
export const productUrl = (item) => `/product/${encodeURIComponent(item.product_id)}`;

/** @param {ShopProduct} item */
export const price = (item) => html`<span class="price">${money(item.price, item.currency)}</span>
  ${(item.compare_at_price ?? 0) > (item.price ?? 0) && html`<s class="muted"><span class="unseen">${t("before")}</span> ${money(item.compare_at_price, item.currency)}</s>`}`;

/**
 * @param {ShopProduct} item
 * @param {{ list: string, position: number }} place `list` names the list
 */
export const card = (item, { list, position }) => html`
  <a class="card" href="${productUrl(item)}" data-product="${item.product_id}" data-list="${list}" data-position="${position}" data-key="card-${item.product_id}">
    ${picture(item)}
    <span class="card-text">
      <span class="brand">${item.brand}</span>
      <span class="title">${item.highlights?.title ? raw(item.highlights.title) : item.title}</span>
      ${stars(item.rating, item.rating_count)}
      <span class="card-price">${price(item)}${!item.is_in_stock && html`<span class="soldout">${t("Sold out")}</span>`}</span>
    </span>
  </a>`;

/**
 * Properties of Segment's product events.
 * @param {ShopProduct} item
 * @param {object} [extra]
 */
export const productProperties = (item, extra = {}) => ({
  product_id: item.product_id,
  sku: item.sku ?? undefined,
  name: item.title,
  brand: item.brand,
  category: item.category,
  price: item.price,
  currency: item.currency,
  ...extra,
});
