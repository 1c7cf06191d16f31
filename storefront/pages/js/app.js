/* Starts the shop: reads the configuration, shows the page of an address, reports clicks on products. */
import { Tracker } from "../tracker.js";
import * as api from "./api.js";
import { Cart } from "./cart.js";
import { cartPage } from "./cart_page.js";
import { thanksPage } from "./checkout.js";
import { consentPanel } from "./consent.js";
import { count, find, html, messageOf, render } from "./dom.js";
import { homePage } from "./home.js";
import { productPage } from "./product.js";
import { resultsPage } from "./results.js";

const DEPARTMENTS_SHOWN = 9;

/** @type {{ path: RegExp, name: string, page: ShopPage }[]} */
const ROUTES = [
  { path: /^\/$/, name: "Home", page: homePage },
  { path: /^\/search$/, name: "Search", page: resultsPage },
  { path: /^\/product\/([^/]+)$/, name: "Product", page: productPage },
  { path: /^\/cart$/, name: "Cart", page: cartPage },
  { path: /^\/thanks$/, name: "Thanks", page: thanksPage },
];

const main = find(document, "#main", HTMLElement);
const searchForm = find(document, ".search", HTMLFormElement);
const searchInput = find(searchForm, "input", HTMLInputElement);
const config = await api.config();
const tracker = new Tracker({ collectorUrl: config.collector_url, writeKey: config.write_key });
const cart = new Cart(({ units }) => {
  const badge = find(document, "#cart-count", HTMLElement);
  badge.textContent = count(units);
  badge.hidden = units === 0;
});
let leavePage = () => {};
let visit = 0; // counts the pages shown, so that a slow one knows that it is no longer wanted

async function show() {
  visit += 1;
  const mine = visit;
  leavePage();
  leavePage = () => {};
  const { name, page, id } = match(location.pathname);
  document.title = name === "Home" ? "Comptoir" : `${name} – Comptoir`;
  const query = new URLSearchParams(location.search);
  searchInput.value = query.get("q") ?? "";
  // each page gets an element of its own, so that its event listeners go with it
  const place = document.createElement("div");
  main.replaceChildren(place);
  tracker.page(name);
  showVisitor();
  try {
    const leave = (await page(place, { tracker, cart, config, query, id })) ?? (() => {});
    if (mine === visit) leavePage = leave;
    else leave();
  } catch (error) {
    render(place, html`<p class="empty" role="alert">${messageOf(error)}</p>`);
  }
}

/** @param {string} path */
function match(path) {
  for (const route of ROUTES) {
    const found = route.path.exec(path);
    if (found) return { ...route, id: decoded(found[1] ?? "") };
  }
  return { ...ROUTES[0], id: "" };
}

/**
 * A part of an address without its percent-encoding; as it stands where that is damaged, and the API says what is wrong.
 * @param {string} text
 */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} address */
function go(address) {
  history.pushState(null, "", address);
  scrollTo(0, 0);
  show();
}

/** @param {DOMStringMap} data what cards.js wrote on the card */
function reportClick({ product, slot, list, rank, model, source, arm }) {
  tracker.track("Product Clicked", {
    product_id: product,
    position: Number(rank) || undefined,
    ...(slot
      ? { recommendation: { slot, rank: Number(rank), model_version: model || source, source, arm: arm || undefined } }
      : { list_id: list }),
  });
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a new tab or window
  if (link.dataset.product) reportClick(link.dataset);
  event.preventDefault();
  go(link.href);
});
document.addEventListener("go", (event) => {
  if (event instanceof CustomEvent) go(event.detail);
});
searchForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const q = searchInput.value.trim();
  go(q ? `/search?${new URLSearchParams({ q })}` : "/search");
});
addEventListener("popstate", show);

function showVisitor() {
  const id = tracker.visitorId;
  find(document, "#visitor", HTMLElement).textContent = id ? `You are visitor ${id}` : "You are not followed";
}

async function showDepartments() {
  const { facets } = await api.search({ limit: 0 });
  const links = (facets.department ?? [])
    .slice(0, DEPARTMENTS_SHOWN)
    .map(({ value }) => html`<a href="/search?${new URLSearchParams({ department: value })}">${value}</a>`);
  render(find(document, "#departments", HTMLElement), links);
}

render(
  find(document, "#backstage", HTMLElement),
  html`
  <a href="${config.dashboard_url}">dashboard</a> <a href="${config.dagster_url}">asset graph</a> <a href="/health">health</a>`,
);
consentPanel(tracker, show);
showDepartments().catch(() => {}); // the page itself says so when the index is missing
show();
