/* Filters of a result list, as links: each leads to the same list with one filter more or one less. */
import { count, html, label, roundMoney } from "./dom.js";

const VALUES_SHOWN = 12;
const ATTRIBUTE_VALUES_SHOWN = 8;
const SINGLE_VALUED = ["q", "sort", "page", "price_min", "price_max", "rating_min", "in_stock"];
const NO_FILTERS = ["q", "sort", "page"]; // parameters of the address that narrow nothing

/**
 * The filters in an address, as [name, value].
 * @param {URLSearchParams} query
 */
export const activeFilters = (query) => [...query].filter(([name]) => !NO_FILTERS.includes(name));

/**
 * The address of the same list on its first page, with a filter added, or removed if it was on.
 * @param {URLSearchParams} query
 * @param {string} name
 * @param {string} value
 */
const toggled = (query, name, value) => {
  const next = new URLSearchParams(query);
  const others = next.getAll(name).filter((one) => one !== value);
  const isOn = others.length < next.getAll(name).length;
  next.delete(name);
  next.delete("page");
  const kept = SINGLE_VALUED.includes(name) ? [] : others;
  for (const one of isOn ? kept : [...kept, value]) next.append(name, one);
  return `/search?${next}`;
};

/**
 * @param {string} address
 * @param {string} text
 * @param {number} products how many the choice would leave
 * @param {boolean} isOn
 */
const choice = (address, text, products, isOn) => html`
  <li><a class="choice ${isOn && "on"}" href="${address}" role="checkbox" aria-checked="${isOn ? "true" : "false"}">
    <i></i><span>${text}</span><span class="muted">${count(products)}</span></a></li>`;

/**
 * @param {string} title
 * @param {unknown[]} choices
 */
const group = (title, choices) => {
  const isNarrow = matchMedia("(max-width: 820px)").matches;
  return (
    choices.length > 0 && html`<details ${!isNarrow && "open"}><summary>${title}</summary><ul>${choices}</ul></details>`
  );
};

/**
 * @param {URLSearchParams} query
 * @param {string} title
 * @param {string} name
 * @param {FacetValue[]} values
 */
const valueGroup = (query, title, name, values) => {
  const chosen = query.getAll(name);
  return group(
    title,
    values.map((one) => choice(toggled(query, name, one.value), one.value, one.count, chosen.includes(one.value))),
  );
};

/**
 * @param {URLSearchParams} query
 * @param {FacetStep} step
 * @param {string | null | undefined} currency
 */
const priceChoice = (query, { from, to, count: products }, currency) => {
  const highest = to ? String(to - 0.01) : null; // price_max is inclusive, a step's end is not
  const isOn = query.get("price_min") === String(from) && query.get("price_max") === highest;
  const next = new URLSearchParams(query);
  for (const name of ["price_min", "price_max", "page"]) next.delete(name);
  if (!isOn) {
    next.set("price_min", String(from));
    if (highest) next.set("price_max", highest);
  }
  const text = to
    ? `${roundMoney(from, currency)} – ${roundMoney(to, currency)}`
    : `${roundMoney(from, currency)} and more`;
  return choice(`/search?${next}`, text, products, isOn);
};

/**
 * @param {URLSearchParams} query
 * @param {FacetStep} step
 */
const ratingChoice = (query, step) => {
  const from = String(step.from);
  return choice(toggled(query, "rating_min", from), `${from} and more`, step.count, query.get("rating_min") === from);
};

/**
 * @param {URLSearchParams} query
 * @param {number} products
 */
const stockChoice = (query, products) =>
  choice(toggled(query, "in_stock", "1"), "In stock", products, query.get("in_stock") === "1");

/**
 * All the filters on offer, with how many products each would leave.
 * @param {URLSearchParams} query
 * @param {SearchResult} found
 */
export function filterGroups(query, { hits, facets }) {
  const currency = hits[0]?.currency;
  const {
    brand = [],
    category = [],
    department = [],
    price = [],
    rating = [],
    in_stock = [],
    attributes = [],
  } = facets;
  return [
    valueGroup(query, "Department", "department", department),
    valueGroup(query, "Category", "category", category.slice(0, VALUES_SHOWN)),
    valueGroup(query, "Brand", "brand", brand.slice(0, VALUES_SHOWN)),
    group(
      "Price",
      price.map((step) => priceChoice(query, step, currency)),
    ),
    group(
      "Rating",
      rating.map((step) => ratingChoice(query, step)),
    ),
    group(
      "Availability",
      in_stock.map((one) => stockChoice(query, one.count)),
    ),
    attributes.map(({ name, values }) =>
      valueGroup(query, label(name), `attr.${name}`, values.slice(0, ATTRIBUTE_VALUES_SHOWN)),
    ),
  ];
}

/**
 * The filters that are on, each with a link that removes it.
 * @param {URLSearchParams} query
 */
export const chips = (query) =>
  html`<p class="chips">${activeFilters(query).map(
    ([name, value]) =>
      html`<a href="${toggled(query, name, value)}" title="Remove">${label(name.replace("attr.", ""))}: ${value} ×</a>`,
  )}</p>`;
