/*
 * <comptoir-search action="/search">: a search box with suggestions (queries, categories, products). No framework.
 *
 * Attributes: `action` (the shop's result page) and `param` (q), `value`, `placeholder`, `api` (address of the
 * storefront; default: where this file came from), `link` (/product/{id}), `lang` (en, fr).
 * Inside stands, for browsers without JavaScript, an ordinary form; this element replaces it.
 * It is the combobox of the ARIA authoring practices: arrows move, Enter takes, Escape closes.
 * CSS parts: form input button list group option active count. Event: `comptoir:go` with `url`; prevent it to go there
 * without loading a document. With a tracker in window.comptoir, a product taken is a Product Clicked of the list
 * "suggestions" with its position.
 */
const HERE = new URL(import.meta.url).origin;
const PAUSE = 120; // ms without a key before suggestions are asked for
const TIMEOUT = 2000; // ms
const LIMIT = 5; // suggestions of each kind

const ENGLISH = {
  search: "Search",
  placeholder: "Search products",
  queries: "Searches",
  categories: "Categories",
  products: "Products",
  found: (/** @type {number} */ n) => `${n} suggestions`,
};
const FRENCH = {
  search: "Rechercher",
  placeholder: "Rechercher un produit",
  queries: "Recherches",
  categories: "Catégories",
  products: "Produits",
  found: (/** @type {number} */ n) => `${n} suggestions`,
};

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: block; position: relative; }
form { display: flex; } input { flex: 1; min-width: 0; }
input, button { font: inherit; color: inherit; }
svg { display: block; width: 1.3em; height: 1.3em; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; }
[role=listbox] { position: absolute; z-index: 9; inset-inline: 0; top: 100%; max-height: 70vh; overflow: auto;
  background: canvas; color: canvastext; border: 1px solid; text-align: start; }
[role=listbox][hidden] { display: none; }
[role=group] > span { display: block; padding: 8px 14px 2px; font-size: .8em; opacity: .75; }
[role=option] { display: flex; gap: 12px; padding: 8px 14px; cursor: pointer; overflow-wrap: anywhere; }
[role=option] > :first-child { flex: 1; } [aria-selected=true] { background: highlight; color: highlighttext; }
.status { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`);

/** @typedef {{ text: string, detail?: string, url: string, product?: string, place: number }} Suggested */

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
const make = (tag, attributes, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

export class ComptoirSearch extends HTMLElement {
  static observedAttributes = ["value", "placeholder", "lang"];

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    /** @type {Suggested[]} */
    this.options = [];
    this.active = -1;
    this.asked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.input = /** @type {HTMLInputElement} */ (
      make("input", {
        part: "input",
        type: "search",
        role: "combobox",
        "aria-expanded": "false",
        "aria-controls": "list",
        "aria-autocomplete": "list",
        autocomplete: "off",
        enterkeyhint: "search",
        maxlength: "500",
      })
    );
    this.button = make("button", { part: "button" });
    this.button.innerHTML =
      '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/></svg>';
    this.list = make("div", { id: "list", role: "listbox", part: "list", hidden: "" });
    this.status = make("p", { class: "status", role: "status" });
    this.form = make("form", { part: "form", role: "search" }, this.input, this.button);
    root.append(this.form, this.list, this.status);
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.input.addEventListener("input", () => this.#askSoon());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.input.addEventListener("blur", () => this.#close());
    // a press would take the focus away before its click arrives
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.#onClick(event));
  }

  connectedCallback() {
    this.attributeChangedCallback("value", null, this.getAttribute("value"));
    this.attributeChangedCallback("lang");
  }

  /** @param {string} name @param {string | null} [_before] @param {string | null} [value] */
  attributeChangedCallback(name, _before, value) {
    if (name === "value") this.input.value = value ?? "";
    const words = this.#words;
    this.input.placeholder = this.getAttribute("placeholder") ?? words.placeholder;
    this.input.setAttribute("aria-label", words.placeholder);
    this.list.setAttribute("aria-label", words.placeholder);
    this.button.setAttribute("aria-label", words.search);
  }

  focus() {
    this.input.focus();
  }

  get #words() {
    return (this.closest("[lang]")?.getAttribute("lang") ?? navigator.language).startsWith("fr") ? FRENCH : ENGLISH;
  }

  /** The address of the result page. @param {Record<string, string>} parameters */
  #results(parameters) {
    const query = new URLSearchParams(parameters);
    return `${this.getAttribute("action") ?? "/search"}${query.size ? `?${query}` : ""}`;
  }

  get #param() {
    return this.getAttribute("param") ?? "q";
  }

  #askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    this.asked += 1;
    const mine = this.asked;
    const q = this.input.value.trim();
    /** @type {{ queries?: { text: string }[], categories?: { text: string }[], products?: ShopProduct[] }} */
    let found = {};
    if (q) {
      const address = `${this.getAttribute("api") ?? HERE}/v1/suggest?${new URLSearchParams({ q, limit: String(LIMIT) })}`;
      try {
        const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT) });
        if (answer.ok) found = await answer.json();
      } catch {
        // a search box without suggestions still searches
      }
    }
    if (mine === this.asked) this.#show(found);
  }

  /** @param {{ queries?: { text: string }[], categories?: { text: string }[], products?: ShopProduct[] }} found */
  #show({ queries = [], categories = [], products = [] }) {
    const link = this.getAttribute("link") ?? "/product/{id}";
    const words = this.#words;
    /** @type {[string, Omit<Suggested, "place">[]][]} */
    const groups = [
      [words.queries, queries.map(({ text }) => ({ text, url: this.#results({ [this.#param]: text }) }))],
      [words.categories, categories.map(({ text }) => ({ text, url: this.#results({ category: text }) }))],
      [
        words.products,
        products.map((item) => ({
          text: item.title,
          detail: this.#price(item),
          product: item.product_id,
          url: item.url ?? link.replace("{id}", encodeURIComponent(item.product_id)),
        })),
      ],
    ];
    this.options = [];
    this.list.replaceChildren(
      ...groups
        .filter(([, all]) => all.length)
        .map(([title, all], number) => {
          const name = `group-${number}`;
          const rows = all.map((one, place) => this.#option({ ...one, place: place + 1 }));
          return make(
            "div",
            { role: "group", part: "group", "aria-labelledby": name },
            make("span", { id: name }, title),
            ...rows,
          );
        }),
    );
    this.#choose(-1);
    this.#open(this.options.length > 0 && this.shadowRoot?.activeElement === this.input);
  }

  /** @param {ShopProduct} item */
  #price({ price, currency }) {
    return typeof price === "number"
      ? new Intl.NumberFormat(navigator.language, { style: "currency", currency: currency ?? "EUR" }).format(price)
      : "";
  }

  /** @param {Suggested} option */
  #option(option) {
    const number = this.options.push(option) - 1;
    return make(
      "div",
      { role: "option", part: "option", id: `option-${number}`, "aria-selected": "false" },
      make("span", {}, option.text),
      make("span", { part: "count" }, option.detail ?? ""),
    );
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    this.status.textContent = isOpen ? this.#words.found(this.options.length) : "";
  }

  #close() {
    clearTimeout(this.timer);
    this.asked += 1; // an answer on its way comes too late
    this.#open(false);
  }

  /** Marks an option as the active one; -1: none. @param {number} number */
  #choose(number) {
    this.active = number;
    for (const [place, row] of [...this.list.querySelectorAll("[role=option]")].entries()) {
      row.setAttribute("aria-selected", String(place === number));
      row.setAttribute("part", place === number ? "option active" : "option");
      if (place === number) row.scrollIntoView({ block: "nearest" });
    }
    if (number < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `option-${number}`);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { length } = this.options;
    if (event.key === "Escape" && !this.list.hidden) this.#close();
    else if (event.key === "ArrowDown" && this.list.hidden) this.#ask();
    else if (event.key === "ArrowDown") this.#choose(this.active + 1 < length ? this.active + 1 : -1);
    else if (event.key === "ArrowUp") this.#choose(this.active < 0 ? length - 1 : this.active - 1);
    else return;
    event.preventDefault();
  }

  /** @param {Event} event */
  #onClick(event) {
    const row = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (row) this.#take(Number(row.id.replace("option-", "")));
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (this.active >= 0 && !this.list.hidden) {
      this.#take(this.active);
      return;
    }
    const q = this.input.value.trim();
    this.#go(this.#results(q ? { [this.#param]: q } : {}));
  }

  /** @param {number} number */
  #take(number) {
    const { url, text, product, place } = this.options[number];
    if (product)
      window.comptoir?.track("Product Clicked", { product_id: product, position: place, list_id: "suggestions" });
    else this.input.value = text;
    this.#go(url);
  }

  /** @param {string} url */
  #go(url) {
    this.#close();
    const isHandled = !this.dispatchEvent(
      new CustomEvent("comptoir:go", { bubbles: true, cancelable: true, composed: true, detail: { url } }),
    );
    if (!isHandled) location.assign(url);
  }
}

customElements.define("comptoir-search", ComptoirSearch);
