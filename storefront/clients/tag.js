/*
 * The tag for any page: <script type="module" src="https://search.shop.example/clients/tag.js"
 * data-collector="https://collect.shop.example" data-key="KEY" async></script>
 *
 * Starts the tracker as window.comptoir, so that the components of this folder report to it, and sends a page view.
 * Nothing is kept or sent before consent, which is read from, in this order: `data-consent` (`agreed`, where a law asks
 * for none), Shopify's customer privacy API, Magento's cookie notice (`data-consent="magento"`), or what the page says by
 * `comptoir.setConsent({ analytics, personalisation })`. `data-pages="other"`: something else sends the page views.
 */
import { Tracker } from "./tracker.js";

const NOTICE = "user_allowed_save_cookie"; // Magento's cookie notice, set by "Allow cookies"

const tag = document.querySelector("script[data-collector][data-key]");
if (!(tag instanceof HTMLScriptElement)) throw new Error("comptoir: the tag needs data-collector and data-key.");
const { collector = "", key = "", consent = "", pages = "" } = tag.dataset;
const tracker = new Tracker({ collectorUrl: collector, writeKey: key });
window.comptoir = tracker;

/** @param {boolean} analytics @param {boolean} personalisation */
const agree = (analytics, personalisation) => {
  const now = tracker.consent;
  if (now?.analytics === analytics && now.personalisation === personalisation) return;
  tracker.setConsent({ analytics, personalisation });
};

/** Shopify's customer privacy API, which a theme loads when asked to. */
const readShopify = () => {
  const privacy = window.Shopify?.customerPrivacy;
  if (privacy) agree(privacy.analyticsProcessingAllowed(), privacy.preferencesProcessingAllowed());
};

const readMagento = () => {
  if (document.cookie.includes(`${NOTICE}=`)) agree(true, true);
};

if (consent === "agreed") agree(true, true);
else if (window.Shopify?.loadFeatures) {
  window.Shopify.loadFeatures([{ name: "consent-tracking-api", version: "0.1" }], (error) => !error && readShopify());
  document.addEventListener("visitorConsentCollected", readShopify);
} else if (consent === "magento") {
  readMagento();
  // the notice answers a click by a cookie and tells jQuery alone
  document.addEventListener("click", () => setTimeout(readMagento));
}

// where a pixel or a data layer sends page views they would be counted twice
if (pages !== "other" && !window.Shopify) tracker.page(document.title);
dispatchEvent(new CustomEvent("comptoir:ready", { detail: tracker }));
