/* The consent panel: asked once, before anything is stored or sent; the link at the foot of the page opens it again. */
import { find, html, render } from "./dom.js";
import { t } from "./texts.js";

/** @import { Tracker } from "../../clients/tracker.js" */

/**
 * @param {Tracker} tracker
 * @param {() => void} onChange
 */
export function openConsent(tracker, onChange) {
  const panel = find(document, "#consent", HTMLElement);
  const now = tracker.consent ?? { analytics: false, personalisation: false };
  render(
    panel,
    html`<form>
      <p><b>${t("Your choice.")}</b> ${t("May we note what you look at? It stays in this shop and keeps no name.")}</p>
      <label><input type="checkbox" name="analytics" ${now.analytics && "checked"}> ${t("Statistics: count visits and clicks")}</label>
      <label><input type="checkbox" name="personalisation" ${now.personalisation && "checked"}> ${t("Recommendations and results in the order of what I look at")}</label>
      <p class="buttons"><button class="primary" name="all">${t("Accept both")}</button><button name="chosen">${t("Save my choice")}</button><button name="none">${t("Neither")}</button></p></form>`,
  );
  panel.hidden = false;
  const form = find(panel, "form", HTMLFormElement);
  const box = (/** @type {string} */ name) => find(form, `input[name=${name}]`, HTMLInputElement);

  form.addEventListener("change", ({ target }) => {
    const [analytics, personalisation] = [box("analytics"), box("personalisation")];
    // recommendations cannot follow what may not be noted
    if (target === personalisation && personalisation.checked) analytics.checked = true;
    if (target === analytics && !analytics.checked) personalisation.checked = false;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const pressed = event.submitter?.getAttribute("name");
    const isAll = pressed === "all";
    const isChosen = pressed !== "none";
    tracker.setConsent({
      analytics: isAll || (isChosen && box("analytics").checked),
      personalisation: isAll || (isChosen && box("personalisation").checked),
    });
    panel.hidden = true;
    onChange();
  });
}
