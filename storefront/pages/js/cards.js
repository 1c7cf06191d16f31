/* Product cards and rows of cards; a recommended card carries its slot, rank and model for the click. */
import { html, money, stars } from "./dom.js";
import { picture } from "./pictures.js";

/** @import { Tracker } from "../tracker.js" */

/** @param {ShopProduct} item */
export const productUrl = (item) => `/product/${encodeURIComponent(item.product_id)}`;

/** @param {ShopProduct} item */
export const price = (item) => html`<span class="price">${money(item.price, item.currency)}</span>
  ${(item.compare_at_price ?? 0) > (item.price ?? 0) && html`<s class="muted">${money(item.compare_at_price, item.currency)}</s>`}`;

/**
 * `list` names a list that is not a recommendation, `flash` marks a card that has just come in.
 * @param {ShopProduct & Partial<RecommendedProduct>} item
 * @param {{ slot?: string, list?: string, position?: number, flash?: boolean }} [options]
 */
export const card = (item, { slot = "", list = "", position = 0, flash = false } = {}) => html`
  <a class="card ${flash && "fresh"}" href="${productUrl(item)}" data-product="${item.product_id}" data-slot="${slot}" data-list="${list}"
     data-rank="${item.rank ?? position}" data-model="${item.model_version ?? ""}" data-source="${item.source ?? ""}" data-arm="${item.arm ?? ""}">
    ${picture(item)}
    <span class="card-text">
      <span class="brand">${item.brand}</span>
      <span class="title">${item.title}</span>
      ${stars(item.rating, item.rating_count)}
      <span class="card-price">${price(item)}${!item.is_in_stock && html`<span class="soldout">Sold out</span>`}</span>
      ${item.reason && html`<span class="reason">${item.reason}</span>`}
    </span>
  </a>`;

/**
 * A titled row of recommended cards; nothing when there are none.
 * @param {string} title
 * @param {RecommendedProduct[]} items
 * @param {string} slot
 */
export const row = (title, items, slot) =>
  items.length > 0 &&
  html`<section class="row"><h2>${title}</h2><div class="cards">
    ${items.map((item, i) => card(item, { slot, position: i + 1 }))}</div></section>`;

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

/**
 * Sends the impressions of a slot.
 * @param {Tracker} tracker
 * @param {string} slot
 * @param {RecommendedProduct[]} items
 */
export const reportViewed = (tracker, slot, items) => {
  if (items.length === 0) return;
  tracker.track("Recommendations Viewed", {
    slot,
    model_version: items.find((item) => item.model_version)?.model_version,
    arm: items.find((item) => item.arm)?.arm,
    products: items.map((item) => ({ product_id: item.product_id, position: item.rank, source: item.source })),
  });
};
