/* What the pages say: English texts stand in the code and are the keys of the French ones. */

const CHOSEN = "comptoir.lang"; // kept only when the visitor chose a language

/** @type {string | null} */
let chosen = null;
try {
  chosen = localStorage.getItem(CHOSEN);
} catch {
  // storage is forbidden: the browser's language it is
}

/** The page's language, "en" or "fr", and the locale that amounts are written in. */
export const lang = (chosen ?? navigator.language).startsWith("fr") ? "fr" : "en";
export const locale = navigator.language.startsWith(lang) ? navigator.language : lang;

/** @type {Record<string, string>} */
const french = lang === "fr" ? (await import("./texts_fr.js")).FRENCH : {};

/**
 * The text in the page's language; `{name}` is replaced by the value of this name.
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
export const t = (text, values = {}) =>
  (french[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** @param {string} language */
export const chooseLanguage = (language) => {
  localStorage.setItem(CHOSEN, language);
  location.reload();
};

/** Translates the document's own texts: elements with data-t, and their labels and placeholders. */
export const translateDocument = () => {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll("[data-t]")) {
    if (element.hasAttribute("aria-label"))
      element.setAttribute("aria-label", t(element.getAttribute("aria-label") ?? ""));
    else element.textContent = t(element.textContent ?? "");
  }
};
