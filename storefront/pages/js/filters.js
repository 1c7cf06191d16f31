/* Filters of a result list, as check boxes: each leads to the same list with one filter more or one less. */
import { count, find, goTo, html, label, roundMoney } from "./dom.js";
import { t } from "./texts.js";

const VALUES_SHOWN = 8; // of a group, before "Show more"
const SINGLE_VALUED = ["q", "sort", "page", "until", "price_min", "price_max", "rating_min", "in_stock"];
const NO_FILTERS = ["q", "sort", "page", "until", "exact", "lang"]; // parameters of the address that narrow nothing
const CENT = 0.01; // price_max is inclusive, a step's end is not

/** What the visitor folded and unfolded stays so while the filters change. @type {Map<string, boolean>} */
const isFolded = new Map();
/** @type {Set<string>} groups shown with all their values */
const isWhole = new Set();

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
  for (const one of [name, "page", "until"]) next.delete(one);
  const kept = SINGLE_VALUED.includes(name) ? [] : others;
  for (const one of isOn ? kept : [...kept, value]) next.append(name, one);
  return `/search?${next}`;
};

/** @typedef {{ key: string, address: string, text: string, products: number, isOn: boolean }} Choice */

/** @param {Choice} choice @param {boolean} isHidden */
const checkBox = ({ key, address, text, products, isOn }, isHidden) => html`
  <li ${isHidden && "hidden"}><label class="choice"><input type="checkbox" data-key="${key}" data-address="${address}" ${isOn && "checked"}>
    <span>${text}</span> <span class="muted">${count(products)}</span></label></li>`;

/**
 * @param {string} id
 * @param {string} title
 * @param {Choice[]} choices
 * @param {unknown} [more] what else belongs to the group
 */
const group = (id, title, choices, more = "") => {
  const isNarrow = matchMedia("(max-width: 820px)").matches;
  const isOpen = !(isFolded.get(id) ?? (isNarrow && !choices.some((one) => one.isOn)));
  const isLong = choices.length > VALUES_SHOWN && !isWhole.has(id);
  return (
    (choices.length > 0 || more) &&
    html`<details data-group="${id}" ${isOpen && "open"}><summary>${title}</summary>${more}
    <ul>${choices.map((one, place) => checkBox(one, isLong && place >= VALUES_SHOWN && !one.isOn))}</ul>
    ${isLong && html`<button type="button" class="link" data-whole="${id}">${t("Show {n} more", { n: choices.slice(VALUES_SHOWN).filter((one) => !one.isOn).length })}</button>`}</details>`
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
  const missing = chosen.filter((value) => !values.some((one) => one.value === value)); // ticked, and not among the most frequent
  const all = [...values, ...missing.map((value) => ({ value, count: 0 }))];
  return group(
    name,
    title,
    all.map((one) => ({
      key: `${name}=${one.value}`,
      address: toggled(query, name, one.value),
      text: one.value,
      products: one.count,
      isOn: chosen.includes(one.value),
    })),
  );
};

/**
 * @param {URLSearchParams} query
 * @param {FacetStep} step
 * @param {string | null | undefined} currency
 * @returns {Choice}
 */
const priceChoice = (query, { from, to, count: products }, currency) => {
  const highest = to ? String(to - CENT) : null;
  const isOn = query.get("price_min") === String(from) && query.get("price_max") === highest;
  const next = new URLSearchParams(query);
  for (const name of ["price_min", "price_max", "page", "until"]) next.delete(name);
  if (!isOn) {
    next.set("price_min", String(from));
    if (highest) next.set("price_max", highest);
  }
  const [low, high] = [roundMoney(from, currency), to ? roundMoney(to, currency) : ""];
  const text = to ? `${low} – ${high}` : t("{price} and more", { price: low });
  return { key: `price=${from}`, address: `/search?${next}`, text, products, isOn };
};

/**
 * Two sliders over all prices of the list.
 * @param {URLSearchParams} query
 * @param {SearchResult} found
 * @param {string | null | undefined} currency
 */
const priceSliders = (query, { facets }, currency) => {
  const steps = facets.price ?? [];
  const last = steps.at(-1);
  const range = facets.price_range?.[0] ?? (last && { min: steps[0].from, max: Math.max(last.to ?? 0, last.from) });
  if (!range || range.max <= range.min) return "";
  const [min, max] = [Math.floor(range.min), Math.ceil(range.max)];
  const slider = (/** @type {string} */ name, /** @type {string} */ title, /** @type {number} */ otherwise) => {
    const value = Math.min(Math.max(Number(query.get(name) ?? otherwise), min), max);
    const step = Math.max(1, Math.round((max - min) / 100));
    return html`<label><span aria-hidden="true">${title} <b>${roundMoney(value, currency)}</b></span>
      <input type="range" name="${name}" data-key="${name}" data-currency="${currency}" aria-label="${title}"
        aria-valuetext="${roundMoney(value, currency)}" min="${min}" max="${max}" step="${step}" value="${Math.round(value)}"></label>`;
  };
  const next = new URLSearchParams(query);
  for (const name of ["price_min", "price_max", "page", "until"]) next.delete(name);
  return html`<form class="sliders" data-rest="${next}">${slider("price_min", t("From"), min)}${slider("price_max", t("To"), max)}</form>`;
};

/**
 * All the filters on offer, with how many products each would leave.
 * @param {URLSearchParams} query
 * @param {SearchResult} found
 */
export function filterGroups(query, found) {
  const {
    brand = [],
    category = [],
    department = [],
    price = [],
    rating = [],
    in_stock = [],
    attributes = [],
  } = found.facets;
  const currency = found.hits[0]?.currency;
  const ratings = rating.map((step) => {
    const from = String(step.from);
    return {
      key: `rating=${from}`,
      address: toggled(query, "rating_min", from),
      text: t("{price} and more", { price: count(step.from) }),
      products: step.count,
      isOn: query.get("rating_min") === from,
    };
  });
  const stock = in_stock.map((one) => ({
    key: "in_stock",
    address: toggled(query, "in_stock", "1"),
    text: t("In stock"),
    products: one.count,
    isOn: query.get("in_stock") === "1",
  }));
  return [
    valueGroup(query, t("Department"), "department", department),
    valueGroup(query, t("Category"), "category", category),
    valueGroup(query, t("Brand"), "brand", brand),
    group(
      "price",
      t("Price"),
      price.map((step) => priceChoice(query, step, currency)),
      priceSliders(query, found, currency),
    ),
    group("rating", t("Rating"), ratings),
    group("stock", t("Availability"), stock),
    attributes.map(({ name, values }) => valueGroup(query, label(name), `attr.${name}`, values)),
  ];
}

/**
 * Follows the check boxes, sliders and folds of `filterGroups`.
 * @param {HTMLElement} main
 */
export function listenToFilters(main) {
  const facets = find(main, ".facets", HTMLElement);
  facets.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.type === "checkbox") goTo(target, target.dataset.address ?? "", { stays: true });
    if (target.type === "range") applyPrices(target);
  });
  facets.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type !== "range") return;
    const amount = roundMoney(Number(target.value), target.dataset.currency);
    const shown = target.parentElement?.querySelector("b");
    if (shown) shown.textContent = amount;
    target.setAttribute("aria-valuetext", amount);
  });
  facets.addEventListener("click", ({ target }) => {
    const id = target instanceof HTMLElement && target.dataset.whole;
    if (!id || !(target instanceof HTMLElement)) return;
    isWhole.add(id);
    const rows = [...(target.parentElement?.querySelectorAll("li[hidden]") ?? [])];
    for (const row of rows) row.removeAttribute("hidden");
    target.remove();
    rows[0]?.querySelector("input")?.focus();
  });
  // toggle does not bubble; a group that opens with the page says so too, and changes nothing
  facets.addEventListener(
    "toggle",
    ({ target }) => {
      if (target instanceof HTMLDetailsElement) isFolded.set(target.dataset.group ?? "", !target.open);
    },
    true,
  );
}

/** @param {HTMLInputElement} moved */
function applyPrices(moved) {
  const form = moved.form;
  if (!form) return;
  const next = new URLSearchParams(form.dataset.rest);
  const ends = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input")]);
  const [low, high] = ends.map((end) => Number(end.value)).sort((one, other) => one - other);
  if (low > Number(moved.min)) next.set("price_min", String(low));
  if (high < Number(moved.max)) next.set("price_max", String(high));
  goTo(moved, `/search?${next}`, { stays: true });
}

/**
 * The filters that are on, each with a link that removes it.
 * @param {URLSearchParams} query
 */
export const chips = (query) =>
  html`<ul class="chips">${activeFilters(query).map(
    ([name, value]) =>
      html`<li><a data-stays href="${toggled(query, name, value)}"><span class="unseen">${t("Remove")} </span>${label(name.replace("attr.", ""))}: ${value} <span aria-hidden="true">×</span></a></li>`,
  )}</ul>`;
