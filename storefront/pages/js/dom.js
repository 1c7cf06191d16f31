/* Helpers for markup: escaped templates, elements, amounts, stars, short notices. */
import { locale, t } from "./texts.js";

class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * The HTML of a value: markup stays, lists are joined, null and false are empty, everything else is escaped.
 * @param {unknown} value
 * @returns {string}
 */
const toHtml = (value) => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(toHtml).join("");
  if (value === null || value === undefined || value === false) return "";
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
};

/**
 * Template tag: every value is escaped unless it is itself made by `html`.
 * @param {TemplateStringsArray} parts
 * @param {unknown[]} values
 */
export const html = (parts, ...values) =>
  new Markup(parts.reduce((text, part, i) => text + part + (i < values.length ? toHtml(values[i]) : ""), ""));

/**
 * Markup that is safe already (our own pictures).
 * @param {string} text
 */
export const raw = (text) => new Markup(text);

/**
 * Replaces what is in the element.
 * @param {Element} element
 * @param {unknown} markup
 */
export const render = (element, markup) => {
  element.innerHTML = toHtml(markup);
};

/**
 * The first element that matches. Throws a TypeError when there is none of this type.
 * @template {Element} E
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => E} type
 * @returns {E}
 */
export const find = (parent, selector, type) => {
  const found = parent.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`The page has no ${type.name} that matches ${selector}.`);
  return found;
};

/**
 * Asks the shop to open another address without loading the document again; app.js listens. `stays`: it is the same
 * page, seen otherwise, so that place and focus are kept.
 * @param {Element} from
 * @param {string} url
 * @param {{ stays?: boolean }} [how]
 */
export const goTo = (from, url, { stays = false } = {}) =>
  from.dispatchEvent(new CustomEvent("comptoir:go", { bubbles: true, cancelable: true, detail: { url, stays } }));

/**
 * An amount as the visitor's language writes it; "" when there is none.
 * @param {number | null | undefined} amount
 * @param {string | null | undefined} currency
 * @param {Intl.NumberFormatOptions} [options]
 */
export const money = (amount, currency, options) =>
  amount === null || amount === undefined
    ? ""
    : new Intl.NumberFormat(locale, { style: "currency", currency: currency || "EUR", ...options }).format(amount);

/**
 * The same without cents, for round steps.
 * @param {number} amount
 * @param {string | null | undefined} currency
 */
export const roundMoney = (amount, currency) => money(amount, currency, { maximumFractionDigits: 0 });

/** @param {number} number */
export const count = (number) => new Intl.NumberFormat(locale).format(number);

/**
 * The name of an attribute as a label: "screen_size" is "Screen size", "ram" is "RAM".
 * @param {string} name
 */
export const label = (name) => {
  const text = name.replaceAll("_", " ");
  return t(text.length <= 3 ? text.toUpperCase() : text[0].toUpperCase() + text.slice(1));
};

/**
 * @param {number | null | undefined} rating of 5
 * @param {number} ratings how many there are
 */
export const stars = (rating, ratings) =>
  rating === null || rating === undefined
    ? html`<span class="rating none">${t("No rating yet")}</span>`
    : html`<span class="rating"><span class="stars" aria-hidden="true" data-half-stars="${Math.round(rating * 2)}"></span>
        <b>${new Intl.NumberFormat(locale, { minimumFractionDigits: 1 }).format(rating)}</b><span class="unseen">${t("of 5")}</span> <span class="muted">(${count(ratings)})</span></span>`;

/**
 * Shows a line of text for a few seconds.
 * @param {string} text
 */
export const showNotice = (text) => {
  const line = document.createElement("p");
  line.textContent = text;
  find(document, "#notices", HTMLElement).append(line);
  setTimeout(() => line.remove(), 3500);
};

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
