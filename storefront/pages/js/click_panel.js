/*
 * A panel that follows the visitor's last click: when it was, when Kafka had it (the collector answers only then), when
 * Spark computed the list that answers it, and when the page had read that list from its table. Times of the device and
 * of the server are compared as they are: on one machine, as in the demo, they are of one clock.
 */
import * as api from "./api.js";
import { count, find, html, render } from "./dom.js";
import { locale, t } from "./texts.js";

const ASK_EVERY = 150; // ms
const ASK_TIMES = 60;
const COUNTED = ["Product Viewed", "Product Added", "Order Completed"]; // what changes a list

/** @typedef {{ event: string, at: number, kafka?: number, spark?: number, table?: number }} Followed times in ms */

const clock = new Intl.DateTimeFormat(locale, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** @param {Followed | undefined} click */
const rows = (click) => {
  if (!click)
    return html`<p class="muted">${t("Agree to statistics and look at a product: its way is shown here.")}</p>`;
  const step = (
    /** @type {string} */ name,
    /** @type {number | undefined} */ at,
  ) => html`<tr><th scope="row">${name}</th>
    <td>${at === undefined ? t("on its way …") : clock.format(at)}</td><td>${at !== undefined && `+${count(Math.max(0, Math.round(at - click.at)))} ms`}</td></tr>`;
  return html`<table><caption>${click.event}</caption><tbody>
    ${step(t("Click"), click.at)}${step(t("Kafka has it"), click.kafka)}${step(t("Spark has computed the list"), click.spark)}${step(t("Read from the table"), click.table)}</tbody></table>`;
};

/** @param {HTMLDetailsElement} panel */
export function followClicks(panel) {
  const place = find(panel, "div", HTMLElement);
  /** @type {Followed | undefined} */
  let click;
  const draw = () => render(place, rows(click));
  draw();

  /** Asks for the visitor's list until it is one computed after the click. @param {Followed} followed */
  const ask = async (followed, times = ASK_TIMES) => {
    if (followed !== click || times === 0) return;
    const computedAt = await api.computedAt(window.comptoir?.followedVisitorId ?? "").catch(() => 0);
    if (followed !== click) return;
    if (computedAt < followed.at) {
      setTimeout(() => ask(followed, times - 1), ASK_EVERY);
      return;
    }
    click = { ...followed, spark: computedAt, table: Date.now() };
    draw();
  };

  addEventListener("comptoir:sent", (event) => {
    /** @type {{ messages: { event?: string, originalTimestamp: string }[] }} */
    const { messages } = /** @type {CustomEvent} */ (event).detail;
    const last = messages.findLast((message) => COUNTED.includes(message.event ?? ""));
    if (!last) return;
    click = { event: t(last.event ?? ""), at: Date.parse(last.originalTimestamp), kafka: Date.now() };
    draw();
    ask(click);
  });
}
