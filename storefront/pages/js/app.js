/* Starts the shop: reads the configuration, routes addresses to pages, reports clicks on products. */
import { Tracker } from "../tracker.js";
import * as api from "./api.js";
import { Cart, cartPage, thanks } from "./cart.js";
import { consentPanel } from "./consent.js";
import { count, html, render } from "./dom.js";
import { home } from "./home.js";
import { product } from "./product.js";
import { results } from "./results.js";

const ROUTES = [
  [/^\/$/, "Home", home],
  [/^\/search$/, "Search", results],
  [/^\/product\/([^/]+)$/, "Product", product],
  [/^\/cart$/, "Cart", cartPage],
  [/^\/thanks$/, "Thanks", thanks],
];

const main = document.querySelector("#main");
const config = await api.config();
const tracker = new Tracker({ collectorUrl: config.collector_url, writeKey: config.write_key });
const cart = new Cart(({ units }) => {
  const badge = document.querySelector("#cart-count");
  badge.textContent = count(units);
  badge.hidden = units === 0;
});
let leave = () => {};
let visit = 0;

async function show() {
  const mine = ++visit;
  leave();
  leave = () => {};
  const [, name, page, id] = match(location.pathname);
  document.title = name === "Home" ? "Comptoir" : `${name} – Comptoir`;
  const query = new URLSearchParams(location.search);
  document.querySelector(".search input").value = query.get("q") ?? "";
  // each page gets an element of its own, so that what a page listens to goes with it
  const place = document.createElement("div");
  main.replaceChildren(place);
  tracker.page(name);
  showVisitor();
  try {
    const left = await page(place, { tracker, cart, config, query, id });
    if (mine !== visit) left?.();
    else leave = left ?? leave;
  } catch (error) {
    render(place, html`<p class="empty" role="alert">${error.message}</p>`);
  }
}

function match(path) {
  for (const [pattern, name, page] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return [pattern, name, page, found[1] && decodeURIComponent(found[1])];
  }
  return [null, ...ROUTES[0].slice(1)];
}

function go(address) {
  history.pushState(null, "", address);
  scrollTo(0, 0);
  show();
}

function reportClick({ product: id, slot, list, rank, model, source, arm }) {
  const properties = { product_id: id, position: Number(rank) || undefined };
  if (slot) properties.recommendation = { slot, rank: Number(rank), model_version: model || source, source, arm: arm || undefined };
  else properties.list_id = list;
  tracker.track("Product Clicked", properties);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.origin !== location.origin || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (link.dataset.product) reportClick(link.dataset);
  event.preventDefault();
  go(link.href);
});
document.addEventListener("go", (event) => go(event.detail));
document.querySelector(".search").addEventListener("submit", (event) => {
  event.preventDefault();
  const q = new FormData(event.target).get("q").trim();
  go(q ? `/search?${new URLSearchParams({ q })}` : "/search");
});
addEventListener("popstate", show);

function showVisitor() {
  document.querySelector("#visitor").textContent = tracker.visitorId ? `You are visitor ${tracker.visitorId}` : "You are not followed";
}

async function showDepartments() {
  const { facets } = await api.search({ limit: 0 });
  render(document.querySelector("#departments"), facets.department.slice(0, 9).map(({ value }) =>
    html`<a href="/search?${new URLSearchParams({ department: value })}">${value}</a>`));
}

render(document.querySelector("#backstage"), html`
  <a href="${config.dashboard_url}">dashboard</a> <a href="${config.dagster_url}">asset graph</a> <a href="/health">health</a>`);
consentPanel(tracker, show);
showDepartments().catch(() => {}); // the page itself says why when the index is missing
show();
