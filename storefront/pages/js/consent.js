/* The consent panel: asked once, before anything is stored or sent; the link at the foot of the page opens it again. */
import { find, html, render } from "./dom.js";

/** @import { Tracker } from "../tracker.js" */

/**
 * @param {Tracker} tracker
 * @param {() => void} onChange
 */
export function consentPanel(tracker, onChange) {
  const panel = find(document, "#consent", HTMLElement);
  const box = (/** @type {string} */ name) => find(panel, `input[name=${name}]`, HTMLInputElement);

  const open = () => {
    const now = tracker.consent ?? { analytics: false, personalisation: false };
    render(
      panel,
      html`<form>
      <p><b>Your choice.</b> May we note what you look at? It stays in this shop and keeps no name.</p>
      <label><input type="checkbox" name="analytics" ${now.analytics && "checked"}> Statistics: count visits and clicks</label>
      <label><input type="checkbox" name="personalisation" ${now.personalisation && "checked"}> Recommendations that follow what I look at</label>
      <p class="buttons"><button class="primary" name="all">Accept both</button><button name="chosen">Save my choice</button><button name="none">Neither</button></p></form>`,
    );
    panel.hidden = false;
  };

  panel.addEventListener("change", ({ target }) => {
    const [analytics, personalisation] = [box("analytics"), box("personalisation")];
    // recommendations cannot follow what may not be noted
    if (target === personalisation && personalisation.checked) analytics.checked = true;
    if (target === analytics && !analytics.checked) personalisation.checked = false;
  });
  panel.addEventListener("submit", (event) => {
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
  find(document, "#privacy", HTMLElement).addEventListener("click", open);
  if (!tracker.consent) open();
}
