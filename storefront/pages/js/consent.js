/* Asked once, before anything is stored or sent; can be changed any time from the foot of the page. */
import { html, render } from "./dom.js";

export function consentPanel(tracker, onChange) {
  const panel = document.querySelector("#consent");

  const open = () => {
    const now = tracker.consent ?? { analytics: false, personalisation: false };
    render(panel, html`<form>
      <p><b>Your choice.</b> May we note what you look at? It stays in this shop and keeps no name.</p>
      <label><input type="checkbox" name="analytics" ${now.analytics && "checked"}> Statistics: count visits and clicks</label>
      <label><input type="checkbox" name="personalisation" ${now.personalisation && "checked"}> Recommendations that follow what I look at</label>
      <p class="buttons"><button class="primary" name="all">Accept both</button><button name="chosen">Save my choice</button><button name="none">Neither</button></p></form>`);
    panel.hidden = false;
  };

  const boxes = () => panel.querySelectorAll("input");
  panel.addEventListener("change", ({ target }) => {
    const [analytics, personalisation] = boxes();
    // recommendations cannot follow what may not be noted
    if (target === personalisation && personalisation.checked) analytics.checked = true;
    if (target === analytics && !analytics.checked) personalisation.checked = false;
  });
  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    const [analytics, personalisation] = [...boxes()].map((box) => box.checked);
    const answers = { all: [true, true], none: [false, false], chosen: [analytics, personalisation] };
    const [a, p] = answers[event.submitter?.name] ?? answers.chosen;
    tracker.setConsent({ analytics: a, personalisation: p });
    panel.hidden = true;
    onChange();
  });
  document.querySelector("#privacy").addEventListener("click", open);
  if (!tracker.consent) open();
}
