/* Search results: the query and every filter live in the address, so a result list can be shared and gone back to. */
import * as api from "./api.js";
import { card } from "./cards.js";
import { count, html, render, roundMoney, words } from "./dom.js";

const PAGE = 24;
const SORTS = { relevance: "Best match", price_asc: "Price, low to high", price_desc: "Price, high to low", rating: "Rating" };
const SINGLE = ["q", "sort", "page", "price_min", "price_max", "rating_min", "in_stock"];

const toggled = (query, name, value) => {
  const next = new URLSearchParams(query);
  const others = next.getAll(name).filter((one) => one !== value);
  const on = others.length < next.getAll(name).length;
  next.delete(name);
  next.delete("page");
  if (SINGLE.includes(name)) { if (!on) next.set(name, value); }
  else for (const one of on ? others : [...others, value]) next.append(name, one);
  return `/search?${next}`;
};

const choice = (query, name, value, label, number, on) => html`
  <li><a class="choice ${on && "on"}" href="${toggled(query, name, value)}" role="checkbox" aria-checked="${on ? "true" : "false"}">
    <i></i><span>${label}</span><span class="muted">${count(number)}</span></a></li>`;

const narrow = () => matchMedia("(max-width: 820px)").matches;

const group = (title, choices) => choices.length > 0 && html`<details ${!narrow() && "open"}><summary>${title}</summary><ul>${choices}</ul></details>`;

const valueGroup = (query, title, name, values) => {
  const on = query.getAll(name);
  return group(title, values.map(({ value, count: n }) => choice(query, name, value, value, n, on.includes(value))));
};

function facets(query, found) {
  const currency = found.hits[0]?.currency;
  const { brand = [], category = [], department = [], price = [], rating = [], in_stock = [], attributes = [] } = found.facets;
  return html`
    ${valueGroup(query, "Department", "department", department)}
    ${valueGroup(query, "Category", "category", category.slice(0, 12))}
    ${valueGroup(query, "Brand", "brand", brand.slice(0, 12))}
    ${group("Price", price.map((step) => priceChoice(query, step, currency)))}
    ${group("Rating", rating.map((step) => choice(query, "rating_min", String(step.from), `${step.from} and more`, step.count,
      query.get("rating_min") === String(step.from))))}
    ${group("Availability", in_stock.map((one) => choice(query, "in_stock", "1", "In stock", one.count, query.get("in_stock") === "1")))}
    ${attributes.map(({ name, values }) => valueGroup(query, words(name), `attr.${name}`, values.slice(0, 8)))}`;
}

const priceChoice = (query, { from, to, count: n }, currency) => {
  const on = query.get("price_min") === String(from) && query.get("price_max") === (to ? String(to - 0.01) : null);
  const next = new URLSearchParams(query);
  for (const name of ["price_min", "price_max", "page"]) next.delete(name);
  if (!on) { next.set("price_min", from); if (to) next.set("price_max", to - 0.01); }
  const label = to ? `${roundMoney(from, currency)} – ${roundMoney(to, currency)}` : `${roundMoney(from, currency)} and more`;
  return html`<li><a class="choice ${on && "on"}" href="/search?${next}" role="checkbox" aria-checked="${on ? "true" : "false"}">
    <i></i><span>${label}</span><span class="muted">${count(n)}</span></a></li>`;
};

const chips = (query) => html`<p class="chips">${[...query].filter(([name]) => !["q", "sort", "page"].includes(name)).map(([name, value]) =>
  html`<a href="${toggled(query, name, value)}" title="Remove">${words(name.replace("attr.", ""))}: ${value} ×</a>`)}</p>`;

const pager = (query, page, total) => {
  const to = (number) => { const next = new URLSearchParams(query); next.set("page", number); return `/search?${next}`; };
  const pages = Math.ceil(total / PAGE);
  return pages > 1 && html`<nav class="pager">${page > 1 && html`<a href="${to(page - 1)}">← Previous</a>`}
    <span class="muted">Page ${count(page)} of ${count(pages)}</span>${page < pages && html`<a href="${to(page + 1)}">Next →</a>`}</nav>`;
};

export async function results(main, { tracker, query }) {
  const page = Math.max(1, Number(query.get("page")) || 1);
  const parameters = { limit: PAGE, offset: (page - 1) * PAGE };
  for (const name of query.keys()) if (name !== "page") parameters[name] = query.getAll(name);
  const found = await api.search(parameters);
  const q = query.get("q") ?? "";
  const title = q ? html`“${found.corrected ?? q}”` : (query.get("category") ?? query.get("department") ?? "All products");
  render(main, html`<div class="results">
    <aside class="facets">${facets(query, found)}</aside>
    <section>
      <div class="results-head"><h1>${title}</h1>
        <label class="sort">Sort by <select>${Object.entries(SORTS).map(([value, label]) =>
          html`<option value="${value}" ${(query.get("sort") ?? "relevance") === value && "selected"}>${label}</option>`)}</select></label></div>
      <p class="muted">${count(found.total)} ${found.total === 1 ? "product" : "products"} in ${found.took_ms.toFixed(1)} ms
        ${found.corrected && html` · nothing is called “${q}”, so these are results for <b>${found.corrected}</b>`}</p>
      ${chips(query)}
      ${found.total ? html`<div class="cards">${found.hits.map((item, i) => card(item, { list: "search", position: (page - 1) * PAGE + i + 1 }))}</div>`
        : html`<p class="empty">Nothing found. Fewer filters or other words may help.</p>`}
      ${pager(query, page, found.total)}
    </section></div>`);
  main.querySelector(".sort select").addEventListener("change", (event) => {
    const next = new URLSearchParams(query);
    next.set("sort", event.target.value);
    next.delete("page");
    main.dispatchEvent(new CustomEvent("go", { bubbles: true, detail: `/search?${next}` }));
  });
  const filters = [...query].filter(([name]) => !["q", "sort", "page"].includes(name)).map(([type, value]) => ({ type, value }));
  const sorts = query.get("sort") ? [{ type: query.get("sort").split("_")[0], value: query.get("sort").endsWith("asc") ? "asc" : "desc" }] : [];
  if (q) tracker.track("Products Searched", { query: q, filters, sorts, results: found.total });
  else tracker.track("Product List Viewed", {
    list_id: "category", category: query.get("category") ?? query.get("department") ?? undefined,
    products: found.hits.map((item, i) => ({ product_id: item.product_id, position: i + 1 })),
  });
}
