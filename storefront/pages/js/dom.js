/* Small helpers: escaped templates, money, stars. */

class Markup { constructor(text) { this.text = text; } toString() { return this.text; } }

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const asMarkup = (value) => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(asMarkup).join("");
  return value === null || value === undefined || value === false ? "" : String(value).replace(/[&<>"']/g, (c) => ESCAPES[c]);
};

/** Template tag: every value is escaped unless it is itself made by `html`. */
export const html = (parts, ...values) =>
  new Markup(parts.reduce((text, part, i) => text + part + (i < values.length ? asMarkup(values[i]) : ""), ""));

/** Markup that is safe already (our own pictures). */
export const raw = (text) => new Markup(text);

export const render = (element, markup) => { element.innerHTML = asMarkup(markup); };

export const money = (amount, currency) =>
  amount === null || amount === undefined ? "" : new Intl.NumberFormat(navigator.language, { style: "currency", currency: currency || "EUR" }).format(amount);

/** The same without cents, for round steps. */
export const roundMoney = (amount, currency) =>
  new Intl.NumberFormat(navigator.language, { style: "currency", currency: currency || "EUR", maximumFractionDigits: 0 }).format(amount);

export const count = (number) => new Intl.NumberFormat(navigator.language).format(number);

export const words = (name) => {
  const text = name.replaceAll("_", " ");
  return text.length <= 3 ? text.toUpperCase() : text[0].toUpperCase() + text.slice(1); // "ram" is RAM
};

export const stars = (rating, ratings) =>
  rating === null || rating === undefined
    ? html`<span class="rating none">No rating yet</span>`
    : html`<span class="rating" title="${rating.toFixed(1)} of 5"><span class="stars" data-half-stars="${Math.round(rating * 2)}"></span>
        <b>${rating.toFixed(1)}</b> <span class="muted">(${count(ratings)})</span></span>`;

export const notice = (text) => {
  const place = document.querySelector("#notices");
  const line = document.createElement("p");
  line.textContent = text;
  place.append(line);
  setTimeout(() => line.remove(), 3500);
};
