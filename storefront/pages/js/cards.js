/* Product cards and the rows they stand in; a recommended card carries its slot, rank and model for the click. */
import { html, money, stars } from "./dom.js";
import { picture } from "./pictures.js";

export const productUrl = (item) => `/product/${encodeURIComponent(item.product_id)}`;

export const price = (item) => html`<span class="price">${money(item.price, item.currency)}</span>
  ${item.compare_at_price > item.price && html`<s class="muted">${money(item.compare_at_price, item.currency)}</s>`}`;

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

export const row = (title, items, options = {}) =>
  items.length > 0 && html`<section class="row"><h2>${title}</h2><div class="cards">
    ${items.map((item, i) => card(item, { ...options, position: i + 1 }))}</div></section>`;

/** Properties of Segment's product events. */
export const asEvent = (item, extra = {}) => ({
  product_id: item.product_id,
  sku: item.sku ?? undefined,
  name: item.title,
  brand: item.brand,
  category: item.category,
  price: item.price,
  currency: item.currency,
  ...extra,
});

export const seen = (tracker, slot, items) =>
  items.length && tracker.track("Recommendations Viewed", {
    slot,
    model_version: items.find((item) => item.model_version)?.model_version,
    arm: items.find((item) => item.arm)?.arm,
    products: items.map((item) => ({ product_id: item.product_id, position: item.rank, source: item.source })),
  });
