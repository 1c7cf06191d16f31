/*
 * <comptoir-recommendations slot="home|product|cart" product="ID">: a strip of recommended products. No framework.
 *
 * Attributes: `slot` and `product` (what is on the screen), `kind="together|similar"` (neighbours of the product) or
 * `kind="trending"`; `count` (8), `heading`, `without` (product ids, separated by spaces), `api` (address of the
 * storefront; default: where this file came from), `link` (/product/{id}), `follow` (asks again after each of the
 * visitor's events), `lazy` (asks only when it comes near the screen), `lang` (en, fr).
 * Static properties: `resolve(items)` may add url, image_url and price from the shop itself; `picture(item)` draws one.
 * CSS parts: heading age list item fresh link picture brand title rating price was reason. Custom property: --columns.
 * Events: `comptoir:shown` with the items. With a tracker in window.comptoir it sends Recommendations Viewed when a
 * quarter of the strip is on the screen, and Product Clicked with slot and rank. Without an answer it shows nothing.
 */
const HERE = new URL(import.meta.url).origin;
const TIMEOUT = 4000; // ms
const AFTER_CLICK = [150, 150, 200, 300, 400, 600, 1000, 1500, 2500]; // ms between two questions after an event
const AT_REST = 5000; // ms; also what another tab did is followed
const SEEN_SHARE = 0.25;
const FAST = new Set(["Product Viewed", "Product Added", "Order Completed"]); // what changes a list

const ENGLISH = {
  age: (/** @type {number} */ s) => `computed ${span(s, "en")} ago`,
  changed: "The list has changed",
  was: "before",
};
const FRENCH = {
  age: (/** @type {number} */ s) => `calculé il y a ${span(s, "fr")}`,
  changed: "La liste a changé",
  was: "avant",
};

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: block; } :host([hidden]) { display: none; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; }
h2 { margin: 0 0 .5em; font-size: 1.35em; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 16px;
  grid-template-columns: var(--columns, repeat(auto-fill, minmax(min(160px, 44%), 1fr))); }
li { min-width: 0; overflow-wrap: anywhere; }
a { display: flex; flex-direction: column; height: 100%; color: inherit; text-decoration: none; }
a:focus-visible { outline: 2px solid currentcolor; outline-offset: 2px; }
img, svg { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: contain; }
.text { display: flex; flex: 1; flex-direction: column; gap: 3px; padding: 10px 12px 12px; }
.brand, .age, .reason, .rating { font-size: .85em; } .price { font-weight: 700; margin-top: auto; } s { font-weight: 400; }
.status { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: no-preference) { li[part~=fresh] { animation: in .6s; } @keyframes in { from { opacity: 0; } } }
`);

/** @type {(seconds: number, lang: string) => string} */
const span = (seconds, lang) => {
  const [unit, size] =
    seconds < 90
      ? ["second", 1]
      : seconds < 5400
        ? ["minute", 60]
        : seconds < 129_600
          ? ["hour", 3600]
          : ["day", 86_400];
  return new Intl.NumberFormat(lang, { style: "unit", unit: String(unit), unitDisplay: "short" }).format(
    Math.round(seconds / Number(size)),
  );
};

/**
 * @param {string} tag
 * @param {string} part its CSS part, and class
 * @param {(Node | string | null | undefined | false)[]} children
 */
const make = (tag, part, ...children) => {
  const element = document.createElement(tag);
  if (part) {
    element.setAttribute("part", part);
    element.className = part;
  }
  for (const child of children) if (child) element.append(child);
  return element;
};

export class ComptoirRecommendations extends HTMLElement {
  static observedAttributes = ["product", "without", "slot", "kind", "count", "heading"];

  /** @type {((items: RecommendedProduct[]) => Promise<RecommendedProduct[]>) | undefined} */
  static resolve;
  /** @type {((item: RecommendedProduct) => Node) | undefined} */
  static picture;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    /** @type {RecommendedProduct[]} as answered */
    this.found = [];
    /** @type {RecommendedProduct[]} as shown */
    this.items = [];
    this.isWanted = false;
    this.computedAt = 0;
    this.isReported = true;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.step = AFTER_CLICK.length;
    this.asked = 0;
    this.lastEventAt = 0;
    this.heading = make("h2", "heading");
    this.age = make("span", "age");
    this.list = make("ul", "list");
    this.list.setAttribute("role", "list"); // Safari forgets it without bullets
    this.status = make("p", "status");
    this.status.setAttribute("role", "status");
    root.append(make("header", "", this.heading, this.age), this.list, this.status);
    this.list.addEventListener("click", (event) => this.#reportClick(event));
    this.seen = new IntersectionObserver(([entry]) => entry.intersectionRatio >= SEEN_SHARE && this.#reportShown(), {
      threshold: SEEN_SHARE,
    });
    this.near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.#start(), {
      rootMargin: "200px",
    });
    this.onSent = (/** @type {Event} */ event) => this.#onSent(event);
  }

  connectedCallback() {
    this.hidden = this.items.length === 0 && !this.hasAttribute("lazy");
    addEventListener("comptoir:sent", this.onSent);
    if (this.hasAttribute("lazy")) this.near.observe(this);
    else this.#start();
  }

  #start() {
    this.isWanted = true;
    this.near.disconnect();
    this.seen.observe(this);
    this.refresh();
  }

  disconnectedCallback() {
    removeEventListener("comptoir:sent", this.onSent);
    this.near.disconnect();
    this.seen.disconnect();
    this.isWanted = false;
    clearTimeout(this.timer);
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (!this.isWanted) return;
    if (name === "without" || name === "heading") this.#show(this.found);
    else this.refresh();
  }

  get words() {
    return this.#isFrench ? FRENCH : ENGLISH;
  }

  get #isFrench() {
    return (this.closest("[lang]")?.getAttribute("lang") ?? navigator.language).startsWith("fr");
  }

  /** @param {string} name @param {string} otherwise */
  #read(name, otherwise = "") {
    return this.getAttribute(name) ?? otherwise;
  }

  /** Asks the storefront again. What is shown stays when it does not answer. */
  async refresh() {
    clearTimeout(this.timer);
    this.asked += 1;
    const mine = this.asked;
    try {
      const items = await this.#ask().catch(() =>
        this.found.length ? this.found : this.#get("trending", { n: this.#count }),
      );
      if (mine === this.asked) await this.#show(items);
    } catch {
      // nothing is recommended: the page is whole without
    }
    if (mine !== this.asked || !this.isConnected || !this.hasAttribute("follow")) return;
    this.timer = setTimeout(() => this.refresh(), AFTER_CLICK[this.step] ?? AT_REST);
    this.step += 1;
  }

  get #count() {
    return Number(this.#read("count", "8"));
  }

  #ask() {
    const [kind, product] = [this.#read("kind"), this.#read("product")];
    const n = 2 * this.#count; // some may be left out
    if (kind === "trending") return this.#get("trending", { n });
    if (kind) return this.#get(`products/${encodeURIComponent(product)}/neighbours`, { kind, n });
    return this.#get("recommendations", {
      slot: this.#read("slot", "home"),
      visitor_id: window.comptoir?.followedVisitorId ?? "",
      product_id: product,
      n,
    });
  }

  /** @param {string} path @param {Record<string, string | number>} parameters */
  async #get(path, parameters) {
    const given = Object.entries({ ...parameters, lang: this.#isFrench ? "fr" : "" }).filter(
      ([, value]) => value !== "",
    );
    const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    const address = `${this.#read("api", HERE)}/v1/${path}?${query}`;
    const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT) });
    if (!answer.ok) throw new Error(`recommendations: ${answer.status}`);
    const { items, arm } = await answer.json();
    return items.map((/** @type {RecommendedProduct} */ item) => ({ ...item, arm }));
  }

  /** @param {RecommendedProduct[]} found */
  async #show(found) {
    const without = new Set(this.#read("without").split(" "));
    this.found = found;
    let items = found.filter((item) => !without.has(item.product_id)).slice(0, this.#count);
    const ids = (/** @type {RecommendedProduct[]} */ all) =>
      all.map((item) => item.product_id + (item.reason ?? "")).join();
    const before = new Set(this.items.map((item) => item.product_id));
    const hasChanged = ids(items) !== ids(this.items);
    const own = items.find((item) => item.source === "visitor" && item.computed_at);
    this.computedAt = own ? Date.parse(String(own.computed_at)) : 0;
    // the answer to the visitor's last event is there: no hurry any more
    if (this.computedAt >= this.lastEventAt && this.lastEventAt) this.step = AFTER_CLICK.length;
    this.#showAge();
    if (hasChanged) {
      if (ComptoirRecommendations.resolve) items = await ComptoirRecommendations.resolve(items);
      this.items = items;
      this.list.replaceChildren(
        ...items.map((item, place) => this.#card(item, place, before.size > 0 && !before.has(item.product_id))),
      );
      this.status.textContent = before.size ? this.words.changed : "";
      this.isReported = false;
    }
    this.heading.textContent = this.#read("heading");
    this.heading.hidden = !this.heading.textContent;
    this.hidden = this.items.length === 0;
    if (hasChanged) {
      // the observer reports the state again when it begins anew
      this.seen.unobserve(this);
      this.seen.observe(this);
    }
    this.dispatchEvent(
      new CustomEvent("comptoir:shown", {
        bubbles: true,
        composed: true,
        detail: { items: this.items, computedAt: this.computedAt, hasChanged },
      }),
    );
  }

  #showAge() {
    const seconds = Math.max(0, (Date.now() - this.computedAt) / 1000);
    this.age.textContent = this.computedAt ? this.words.age(seconds) : "";
  }

  /** @param {RecommendedProduct} item @param {number} place from 0 @param {boolean} isFresh */
  #card(item, place, isFresh) {
    const link = make("a", "link", this.#image(item), this.#text(item));
    link.setAttribute(
      "href",
      item.url ?? this.#read("link", "/product/{id}").replace("{id}", encodeURIComponent(item.product_id)),
    );
    link.dataset.place = String(place);
    const card = make("li", "item", link);
    if (isFresh) card.setAttribute("part", "item fresh");
    return card;
  }

  /** @param {RecommendedProduct} item */
  #image(item) {
    const image = item.image_url
      ? Object.assign(new Image(), { src: item.image_url, alt: "", loading: "lazy" })
      : ComptoirRecommendations.picture?.(item);
    return image ? make("span", "picture", image) : null;
  }

  /** @param {RecommendedProduct} item */
  #text(item) {
    const lang = this.#isFrench ? "fr" : navigator.language;
    const money = (/** @type {number} */ amount) =>
      new Intl.NumberFormat(lang, { style: "currency", currency: item.currency ?? "EUR" }).format(amount);
    const price = typeof item.price === "number" && make("span", "price", money(item.price));
    if (price && (item.compare_at_price ?? 0) > (item.price ?? 0)) {
      const was = make("s", "was", money(item.compare_at_price ?? 0));
      was.setAttribute("aria-label", `${this.words.was} ${was.textContent}`);
      price.append(" ", was);
    }
    const stars =
      item.rating &&
      make(
        "span",
        "rating",
        `★ ${new Intl.NumberFormat(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(item.rating)}`,
      );
    return make(
      "span",
      "text",
      make("span", "brand", item.brand),
      make("span", "title", item.title),
      stars || null,
      price,
      item.reason && make("span", "reason", item.reason),
    );
  }

  get #slotName() {
    return this.#read("slot") || this.#read("kind") || "home";
  }

  #reportShown() {
    if (this.isReported || !this.items.length || !window.comptoir) return;
    this.isReported = true;
    window.comptoir.track("Recommendations Viewed", {
      slot: this.#slotName,
      model_version: this.items.find((item) => item.model_version)?.model_version,
      arm: this.items.find((item) => item.arm)?.arm,
      products: this.items.map((item, place) => ({
        product_id: item.product_id,
        position: place + 1,
        source: item.source,
      })),
    });
  }

  /** @param {Event} event */
  #reportClick(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const item = this.items[Number(link?.dataset.place)];
    if (!link || !item) return;
    const rank = Number(link.dataset.place) + 1;
    const { model_version, source, arm } = item;
    window.comptoir?.track("Product Clicked", {
      product_id: item.product_id,
      position: rank,
      recommendation: { slot: this.#slotName, rank, model_version: model_version || source, source, arm },
    });
  }

  /** The collector has the visitor's event: the list will soon answer it. @param {Event} event */
  #onSent(event) {
    const { messages } = /** @type {CustomEvent<{ messages: { event?: string, originalTimestamp: string }[] }>} */ (
      event
    ).detail;
    const telling = messages.filter((message) => FAST.has(message.event ?? ""));
    if (!telling.length || !this.hasAttribute("follow")) return;
    this.lastEventAt = Math.max(...telling.map((message) => Date.parse(message.originalTimestamp)));
    this.step = 0;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), AFTER_CLICK[0]);
  }
}

customElements.define("comptoir-recommendations", ComptoirRecommendations);
