/* The home page: recommendations that follow the visitor while the page is open, departments, what is wanted now. */
import * as api from "./api.js";
import { card, row, seen } from "./cards.js";
import { html, render } from "./dom.js";
import { shelf as drawnShelf } from "./pictures.js";

const SHOWN = 8;
const POLL = 1500; // ms; one primary-key look-up each

export async function home(main, { tracker }) {
  render(main, html`
    <section class="hero"><div><h1>Electronics,<br>over the counter.</h1>
      <p>Look around: the shelf below follows what you look at, within a second.</p></div>${drawnShelf()}</section>
    <section class="row"><h2>For you <span class="live" id="live"><i></i><span></span></span></h2><div class="cards" id="for-you"></div></section>
    <div id="trending"></div>`);
  const shelf = main.querySelector("#for-you");
  const live = main.querySelector("#live");
  let shown = "";

  const refresh = async () => {
    const visitor = tracker.consent?.personalisation ? tracker.visitorId : "";
    const items = await api.recommend("home", visitor, SHOWN);
    const now = items.map((item) => item.product_id).join();
    if (now === shown) return;
    const before = new Set(shown.split(","));
    render(shelf, items.map((item) => card(item, { slot: "home", flash: shown && !before.has(item.product_id) })));
    const own = items.some((item) => item.source === "visitor");
    live.className = own ? "live on" : "live";
    live.lastElementChild.textContent = own ? "follows what you look at" : "what others like, until you look around";
    shown = now;
    seen(tracker, "home", items);
  };

  await refresh();
  const wanted = (await api.trending(2 * SHOWN)).filter((item) => !shown.includes(item.product_id)).slice(0, SHOWN);
  render(main.querySelector("#trending"), row("Trending now", wanted, { slot: "trending" }));
  const timer = setInterval(() => !document.hidden && refresh().catch(() => live.classList.remove("on")), POLL);
  return () => clearInterval(timer);
}
