/* Starts the shop: reads the configuration, shows the page of an address, keeps place and focus between pages. */
import { ComptoirRecommendations } from "/clients/recommendations.js";
import "/clients/search_box.js";
import { Tracker } from "/clients/tracker.js";
import { Cart } from "./cart.js";
import { count, find, html, messageOf, render } from "./dom.js";
import { picture } from "./pictures.js";
import { chooseLanguage, lang, t, translateDocument } from "./texts.js";

/** @typedef {() => Promise<ShopPage>} Loaded */

/** @type {{ path: RegExp, name: string, load: Loaded }[]} */
const ROUTES = [
  { path: /^\/$/, name: "Home", load: async () => (await import("./home.js")).homePage },
  { path: /^\/search$/, name: "Search", load: async () => (await import("./results.js")).resultsPage },
  { path: /^\/product\/([^/]+)$/, name: "Product", load: async () => (await import("./product.js")).productPage },
  { path: /^\/cart$/, name: "Cart", load: async () => (await import("./cart_page.js")).cartPage },
  { path: /^\/thanks$/, name: "Thanks", load: async () => (await import("./thanks.js")).thanksPage },
];

translateDocument();
const main = find(document, "#main", HTMLElement);
const searchBox = find(document, "comptoir-search", HTMLElement);
/** @type {ShopConfig} */
const config = JSON.parse(find(document, "meta[name=comptoir-config]", HTMLMetaElement).content);
const tracker = new Tracker({ collectorUrl: config.collector_url, writeKey: config.write_key });
window.comptoir = tracker;
// the demo shop's products have no photographs
ComptoirRecommendations.picture = (item) => {
  const drawn = document.createElement("template");
  render(drawn, picture(item));
  return drawn.content;
};
const cart = new Cart(({ units }) => {
  const badge = find(document, "#cart-count", HTMLElement);
  badge.textContent = count(units);
  badge.hidden = units === 0;
});
let visit = 0; // counts the pages shown, so that a slow one knows that it is no longer wanted

/** @param {{ stays?: boolean, y?: number }} how `stays`: place and focus are kept; `y`: the place to go back to */
async function show({ stays = false, y = 0 } = {}) {
  visit += 1;
  const mine = visit;
  const { name, load, id } = match(location.pathname);
  const query = new URLSearchParams(location.search);
  const title = name === "Home" ? "Comptoir" : `${t(name)} – Comptoir`;
  document.title = title;
  searchBox.setAttribute("value", query.get("q") ?? "");
  main.setAttribute("aria-busy", "true");
  // each page is drawn beside the old one, which stays until then, and its event listeners go with it
  const place = document.createElement("div");
  place.addEventListener("comptoir:go", (event) => onGo(event));
  try {
    const page = await load();
    tracker.page(name);
    await page(place, { tracker, cart, config, query, id });
  } catch (error) {
    render(
      place,
      html`<div class="empty"><p role="alert">${messageOf(error)}</p><p><a href="/">${t("Back to the shop")}</a></p></div>`,
    );
  }
  if (mine !== visit) return;
  const key =
    document.activeElement instanceof HTMLElement && main.contains(document.activeElement)
      ? document.activeElement.dataset.key
      : undefined;
  main.replaceChildren(place);
  main.removeAttribute("aria-busy");
  if (!stays) scrollTo(0, y);
  moveFocus(stays ? key : undefined);
  showVisitor();
}

let isFirst = true;

/**
 * After a filter the focus is where it was; on a new page it is on the heading, where a reader begins.
 * @param {string | undefined} key
 */
function moveFocus(key) {
  const same = key && main.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const heading = main.querySelector("h1");
  const target = same || (isFirst || document.activeElement !== document.body ? null : heading);
  isFirst = false;
  if (!(target instanceof HTMLElement)) return;
  if (target === heading) target.tabIndex = -1;
  target.focus({ preventScroll: true });
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

/**
 * @param {string} address
 * @param {boolean} [stays]
 */
function go(address, stays = false) {
  history.replaceState({ y: scrollY }, "");
  history.pushState(null, "", address);
  show({ stays });
}

/** @param {Event} event */
function onGo(event) {
  const { url, stays } = /** @type {CustomEvent<{ url: string, stays?: boolean }>} */ (event).detail;
  if (new URL(url, location.href).origin !== location.origin) return;
  event.preventDefault();
  event.stopPropagation();
  go(url, stays);
}

/** @param {DOMStringMap} data what cards.js wrote on a card */
const reportClick = ({ product, list, position }) =>
  tracker.track("Product Clicked", { product_id: product, position: Number(position), list_id: list });

document.addEventListener("click", (event) => {
  // the first of the path: a link inside a component is not the event's target out here
  const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
  if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || link.hasAttribute("download")) return;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a new tab or window
  if (link.hash && link.pathname === location.pathname) return;
  if (link.dataset.product) reportClick(link.dataset);
  event.preventDefault();
  go(link.href, "stays" in link.dataset);
});
document.addEventListener("comptoir:go", onGo);
history.scrollRestoration = "manual";
addEventListener("popstate", ({ state }) => show({ y: state?.y ?? 0 }));

function showVisitor() {
  const id = tracker.visitorId;
  find(document, "#visitor", HTMLElement).textContent = id
    ? t("You are visitor {id}", { id })
    : t("You are not followed");
}

render(
  find(document, "#backstage", HTMLElement),
  html`<a href="${config.dashboard_url}">${t("dashboard")}</a> <a href="${config.dagster_url}">${t("asset graph")}</a> <a href="/health">${t("health")}</a>`,
);
const other = lang === "fr" ? "en" : "fr";
const language = find(document, "#language", HTMLButtonElement);
language.textContent = other === "fr" ? "Français" : "English";
language.lang = other;
language.addEventListener("click", () => chooseLanguage(other));

const openConsent = async () => (await import("./consent.js")).openConsent(tracker, () => show({ stays: true }));
find(document, "#privacy", HTMLButtonElement).addEventListener("click", openConsent);
const followed = find(document, "#follow", HTMLDetailsElement);
followed.addEventListener("toggle", async () => (await import("./click_panel.js")).followClicks(followed), {
  once: true,
});
show();
if (!tracker.consent) openConsent();
