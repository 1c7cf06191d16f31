/* Search results: the query and every filter are in the address, so a result list can be shared and gone back to. */
import * as api from "./api.js";
import { card } from "./cards.js";
import { count, find, goTo, html, label, render } from "./dom.js";
import { activeFilters, chips, filterGroups, listenToFilters } from "./filters.js";
import { t } from "./texts.js";

/** @import { Tracker } from "../../clients/tracker.js" */

const PAGE_SIZE = 24;
const MOST_AT_ONCE = 96; // products; the API's limit is 100
const SORTS = {
  relevance: "Best match",
  price_asc: "Price, low to high",
  price_desc: "Price, high to low",
  rating: "Rating",
  newest: "Newest",
  popularity: "Most popular",
};

/**
 * The pages in an address: `page` and, after "Show more", `until`; both count from 1.
 * @param {URLSearchParams} query
 */
const pagesOf = (query) => {
  const page = Math.max(1, Math.trunc(Number(query.get("page"))) || 1);
  const until = Math.max(page, Math.trunc(Number(query.get("until"))) || page);
  return { page, until: Math.min(until, page - 1 + MOST_AT_ONCE / PAGE_SIZE) };
};

/**
 * @param {URLSearchParams} query
 * @param {Record<string, string | null>} changes null takes a parameter out
 */
const address = (query, changes) => {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return `/search?${next}`;
};

/**
 * @param {URLSearchParams} query
 * @param {number} total
 */
const pager = (query, total) => {
  const pages = Math.ceil(total / PAGE_SIZE);
  const { page, until } = pagesOf(query);
  const to = (/** @type {number} */ number) => address(query, { page: String(number), until: null });
  if (pages <= 1) return "";
  const canShowMore = until < pages && until - page + 1 < MOST_AT_ONCE / PAGE_SIZE;
  return html`<nav class="pager" aria-label="${t("Pages")}">
    ${canShowMore && html`<a class="primary" data-stays data-key="more" href="${address(query, { until: String(until + 1) })}">${t("Show more")}</a>`}
    <p>${page > 1 && html`<a href="${to(page - 1)}">← ${t("Previous")}</a>`}
    <span class="muted">${page === until ? t("Page {page} of {pages}", { page: count(page), pages: count(pages) }) : t("Pages {page} to {until} of {pages}", { page: count(page), until: count(until), pages: count(pages) })}</span>
    ${until < pages && html`<a href="${to(until + 1)}">${t("Next")} →</a>`}</p></nav>`;
};

/** @param {URLSearchParams} query */
const sortChoice = (query) => {
  const chosen = query.get("sort") ?? "relevance";
  const options = Object.entries(SORTS).map(
    ([value, text]) => html`<option value="${value}" ${chosen === value && "selected"}>${t(text)}</option>`,
  );
  return html`<label class="sort">${t("Sort by")} <select data-key="sort">${options}</select></label>`;
};

/** @param {URLSearchParams} query */
const department = (query) => query.get("category") ?? query.get("department");

/** What the search made of the query, with the way back. @param {URLSearchParams} query @param {SearchResult} found */
const understood = (query, { corrected, suggestion, reason, banners = [] }) => {
  const q = query.get("q") ?? "";
  return html`${banners.map((one) => html`<p class="banner">${one.url ? html`<a href="${one.url}">${one.title}</a>` : one.title}</p>`)}${corrected && html`<p>${t("Results for")} <b>${corrected}</b>. <a href="${address(query, { exact: "1", page: null, until: null })}">${t("Search for “{q}” as it stands", { q })}</a></p>`}
    ${suggestion && html`<p>${t("Did you mean")} <a href="${address(query, { q: suggestion, page: null, until: null })}"><b>${suggestion}</b></a>?</p>`}
    ${reason && html`<p class="muted">${reason}</p>`}`;
};

/** @type {Record<string, string>} names of filters, as the search says which it left out */
const FILTERS = {
  price: "Price",
  in_stock: "In stock",
  rating: "Rating",
  brand: "Brand",
  category: "Category",
  department: "Department",
};

/** The products nearest to a search that found none, and what was left out for them. @param {SearchResult} found */
const near = ({ nearest }) => {
  if (!nearest?.hits.length) return "";
  const names = nearest.without.map((name) =>
    name in FILTERS ? t(FILTERS[name]) : label(name.replace(/^attr\./, "")),
  );
  const title = nearest.query ? `${t("Results for")} “${nearest.query}”` : t("The nearest");
  return html`<section class="nearest"><h2>${title}</h2>${names.length > 0 && html`<p class="muted">${t("Without the filter: {filters}", { filters: names.join(", ") })}</p>`}
    <ul class="cards">${nearest.hits.map((item, i) => html`<li>${card(item, { list: "nearest", position: i + 1 })}</li>`)}</ul></section>`;
};

/** @param {URLSearchParams} query @param {SearchResult} found */
const cards = (query, found) => {
  const { page } = pagesOf(query);
  const pages = Math.ceil(found.total / PAGE_SIZE);
  if (!found.total)
    return html`<p class="empty">${t("Nothing found. Fewer filters or other words may help.")} <a href="/search">${t("All products")}</a></p>${near(found)}`;
  if (page > pages) {
    const last = address(query, { page: String(pages), until: null });
    return html`<p class="empty">${t("There are only {pages} pages.", { pages: count(pages) })} <a href="${last}">${t("To the last page")}</a></p>`;
  }
  const first = (page - 1) * PAGE_SIZE + 1;
  return html`<ul class="cards" id="hits">${found.hits.map((item, i) => html`<li>${card(item, { list: "search", position: first + i })}</li>`)}</ul>`;
};

/**
 * @param {URLSearchParams} query
 * @param {SearchResult} found
 */
const resultList = (query, found) => {
  const q = query.get("q") ?? "";
  const title = q ? `“${q}”` : (department(query) ?? t("All products"));
  const { page } = pagesOf(query);
  const isInside = page <= Math.max(1, Math.ceil(found.total / PAGE_SIZE));
  return html`<div class="results">
    <aside class="facets" aria-label="${t("Filters")}">${filterGroups(query, found)}</aside>
    <section>
      <div class="results-head"><h1>${title}</h1>${sortChoice(query)}</div>
      <p class="muted" role="status">${found.total === 1 ? t("1 product") : t("{n} products", { n: count(found.total) })} ${t("in {ms} ms", { ms: count(Math.ceil(found.took_ms * 10) / 10) })}</p>
      ${found.is_personal && html`<p class="muted">${t("What fits alike is in the order of what you look at.")} <a href="#privacy">${t("Privacy choices")}</a></p>`}
      ${understood(query, found)}
      ${chips(query)}
      ${cards(query, found)}
      ${isInside && pager(query, found.total)}
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
  const { page, until } = pagesOf(query);
  /** @type {Record<string, unknown>} */
  const parameters = {
    limit: (until - page + 1) * PAGE_SIZE,
    offset: (page - 1) * PAGE_SIZE,
    highlight: "1",
    visitor_id: tracker.followedVisitorId,
  };
  for (const name of query.keys()) if (!["page", "until"].includes(name)) parameters[name] = query.getAll(name);
  const found = await api.search(parameters);
  if (found.redirect && /^(\/|https?:)/.test(found.redirect)) {
    location.replace(found.redirect);
    return;
  }
  const title = query.get("q") ?? department(query);
  if (title) document.title = `${title} – Comptoir`;
  render(main, resultList(query, found));
  const select = find(main, ".sort select", HTMLSelectElement);
  select.addEventListener("change", () =>
    goTo(select, address(query, { sort: select.value, page: null, until: null }), { stays: true }),
  );
  listenToFilters(main);
  reportResults(tracker, query, found);
}
