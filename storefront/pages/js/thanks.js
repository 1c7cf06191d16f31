/* The page after an order: it confirms what the shop knows, not what the address says. */
import * as api from "./api.js";
import { amountList } from "./cart_page.js";
import { html, render } from "./dom.js";
import { t } from "./texts.js";

/** @type {ShopPage} */
export async function thanksPage(main, { query }) {
  const order = await api.placedOrder(query.get("order") ?? "", query.get("number") ?? "");
  render(
    main,
    html`<section class="thanks"><h1>${t("Thank you.")}</h1><p>${t("Your order is placed:")} <b>#${order.number}</b></p>
    <ul class="ordered">${order.lines.map((line) => html`<li>${line.quantity} × ${line.title}</li>`)}</ul>
    <dl class="amounts">${amountList(order)}</dl>
    <p>${t("It reaches the warehouse with the next sync, and the dashboard after that.")}</p><a class="primary" href="/">${t("Back to the shop")}</a></section>`,
  );
}
