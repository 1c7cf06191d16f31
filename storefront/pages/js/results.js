/* Search results: the query and every filter are in the address, so a result list can be shared and gone back to. */
import * as api from "./api.js";
import { card } from "./cards.js";
import { count, find, goTo, html, render } from "./dom.js";
import { activeFilters, chips, filterGroups } from "./filters.js";

/** @import { Tracker } from "../tracker.js" */

const PAGE_SIZE = 24;
const SORTS = {
  relevance: "Best match",
  price_asc: "Price, low to high",
  price_desc: "Price, high to low",
  rating: "Rating",
};

/**
 * @param {URLSearchParams} query
 * @param {number} page counts from 1
 * @param {number} total
 */
const pager = (query, page, total) => {
  const pages = Math.ceil(total / PAGE_SIZE);
  const address = (/** @type {number} */ number) => {
    const next = new URLSearchParams(query);
    next.set("page", String(number));
    return `/search?${next}`;
  };
  return (
    pages > 1 &&
    html`<nav class="pager">${page > 1 && html`<a href="${address(page - 1)}">← Previous</a>`}
    <span class="muted">Page ${count(page)} of ${count(pages)}</span>${page < pages && html`<a href="${address(page + 1)}">Next →</a>`}</nav>`
  );
};

/** @param {URLSearchParams} query */
const sortChoice = (query) => {
  const chosen = query.get("sort") ?? "relevance";
  const options = Object.entries(SORTS).map(
    ([value, text]) => html`<option value="${value}" ${chosen === value && "selected"}>${text}</option>`,
  );
  return html`<label class="sort">Sort by <select>${options}</select></label>`;
};

/** @param {URLSearchParams} query */
const department = (query) => query.get("category") ?? query.get("department");

/**
 * @param {URLSearchParams} query
 * @param {number} page
 * @param {SearchResult} found
 */
const resultList = (query, page, found) => {
  const q = query.get("q") ?? "";
  const title = q ? html`“${found.corrected ?? q}”` : (department(query) ?? "All products");
  const first = (page - 1) * PAGE_SIZE + 1;
  return html`<div class="results">
    <aside class="facets">${filterGroups(query, found)}</aside>
    <section>
      <div class="results-head"><h1>${title}</h1>${sortChoice(query)}</div>
      <p class="muted">${count(found.total)} ${found.total === 1 ? "product" : "products"} in ${found.took_ms.toFixed(1)} ms
        ${found.corrected && html` · nothing is called “${q}”, so these are results for <b>${found.corrected}</b>`}</p>
      ${chips(query)}
      ${
        found.total
          ? html`<div class="cards">${found.hits.map((item, i) => card(item, { list: "search", position: first + i }))}</div>`
          : html`<p class="empty">Nothing found. Fewer filters or other words may help.</p>`
      }
      ${pager(query, page, found.total)}
    </section></div>`;
};

/**
 * @param {Tracker} tracker
 * @param {URLSearchParams} query
 * @param {SearchResult} found
 */
const reportResults = (tracker, query, found) => {
  const q = query.get("q");
  if (!q) {
    tracker.track("Product List Viewed", {
      list_id: "category",
      category: department(query) ?? undefined,
      products: found.hits.map((item, i) => ({ product_id: item.product_id, position: i + 1 })),
    });
    return;
  }
  const [type, direction] = query.get("sort")?.split("_") ?? [];
  tracker.track("Products Searched", {
    query: q,
    filters: activeFilters(query).map(([name, value]) => ({ type: name, value })),
    sorts: type ? [{ type, value: direction === "asc" ? "asc" : "desc" }] : [],
    results: found.total,
  });
};

/** @type {ShopPage} */
export async function resultsPage(main, { tracker, query }) {
  const page = Math.max(1, Number(query.get("page")) || 1);
  /** @type {Record<string, unknown>} */
  const parameters = { limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE };
  for (const name of query.keys()) if (name !== "page") parameters[name] = query.getAll(name);
  const found = await api.search(parameters);
  render(main, resultList(query, page, found));
  const select = find(main, ".sort select", HTMLSelectElement);
  select.addEventListener("change", () => {
    const next = new URLSearchParams(query);
    next.set("sort", select.value);
    next.delete("page");
    goTo(main, `/search?${next}`);
  });
  reportResults(tracker, query, found);
}
