/* The home page: recommendations that follow the visitor while the page is open, then what is in demand now. */
import { find, html, render } from "./dom.js";
import { shelf } from "./pictures.js";
import { t } from "./texts.js";

/** @type {ShopPage} */
export async function homePage(main) {
  render(
    main,
    html`
    <section class="hero"><div><h1>${t("Electronics, over the counter.")}</h1>
      <p>${t("Look around: the shelf below follows what you look at, within a second.")}</p></div>${shelf()}</section>
    <p class="live" id="live" role="status"></p>
    <comptoir-recommendations id="for-you" slot="home" count="8" heading="${t("For you")}" follow></comptoir-recommendations>
    <comptoir-recommendations id="trending" slot="trending" kind="trending" count="8" heading="${t("Trending now")}" lazy></comptoir-recommendations>`,
  );
  const live = find(main, "#live", HTMLElement);
  const trending = find(main, "#trending", HTMLElement);
  find(main, "#for-you", HTMLElement).addEventListener("comptoir:shown", (event) => {
    /** @type {{ items: RecommendedProduct[], hasChanged: boolean }} */
    const { items, hasChanged } = /** @type {CustomEvent} */ (event).detail;
    const follows = items.some((item) => item.source === "visitor");
    live.className = follows ? "live on" : "live";
    const said = follows ? t("The shelf follows what you look at") : t("What others like, until you look around");
    if (live.textContent !== said) live.textContent = said;
    if (hasChanged) trending.setAttribute("without", items.map((item) => item.product_id).join(" "));
  });
}
