/* The home page: recommendations that follow the visitor while the page is open, then what is in demand now. */
import * as api from "./api.js";
import { card, reportViewed, row } from "./cards.js";
import { find, html, render } from "./dom.js";
import { shelf as drawnShelf } from "./pictures.js";

const SHOWN = 8;
const POLL = 1500; // ms; one primary-key look-up each

/** @type {ShopPage} */
export async function homePage(main, { tracker }) {
  render(
    main,
    html`
    <section class="hero"><div><h1>Electronics,<br>over the counter.</h1>
      <p>Look around: the shelf below follows what you look at, within a second.</p></div>${drawnShelf()}</section>
    <section class="row"><h2>For you <span class="live" id="live"><i></i><span></span></span></h2><div class="cards" id="for-you"></div></section>
    <div id="trending"></div>`,
  );
  const shelf = find(main, "#for-you", HTMLElement);
  const live = find(main, "#live", HTMLElement);
  const liveText = find(live, "span", HTMLElement);
  let shown = "";

  const refresh = async () => {
    const items = await api.recommend("home", tracker.followedVisitorId, SHOWN);
    const ids = items.map((item) => item.product_id).join();
    if (ids === shown) return;
    const before = new Set(shown.split(","));
    const isFirst = shown === "";
    render(
      shelf,
      items.map((item) => card(item, { slot: "home", flash: !isFirst && !before.has(item.product_id) })),
    );
    const follows = items.some((item) => item.source === "visitor");
    live.className = follows ? "live on" : "live";
    liveText.textContent = follows ? "follows what you look at" : "what others like, until you look around";
    shown = ids;
    reportViewed(tracker, "home", items);
  };

  await refresh();
  const onShelf = new Set(shown.split(","));
  const wanted = (await api.trending(2 * SHOWN)).filter((item) => !onShelf.has(item.product_id)).slice(0, SHOWN);
  render(find(main, "#trending", HTMLElement), row("Trending now", wanted, "trending"));
  const timer = setInterval(() => {
    if (!document.hidden) refresh().catch(() => live.classList.remove("on"));
  }, POLL);
  return () => clearInterval(timer);
}
