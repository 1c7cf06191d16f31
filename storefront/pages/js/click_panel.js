/*
 * A panel that follows the visitor's last click: when it was, when Kafka had it (the collector answers only then), when
 * Spark computed the list that answers it, and when the page had read that list from its table. Times of the device and
 * of the server are compared as they are: on one machine, as in the demo, they are of one clock.
 */
import { count, find, html, render } from "./dom.js";
import { locale, t } from "./texts.js";

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
  addEventListener("comptoir:sent", (event) => {
    /** @type {{ messages: { event?: string, originalTimestamp: string }[] }} */
    const { messages } = /** @type {CustomEvent} */ (event).detail;
    const last = messages.findLast((message) => COUNTED.includes(message.event ?? ""));
    if (!last) return;
    click = { event: t(last.event ?? ""), at: Date.parse(last.originalTimestamp), kafka: Date.now() };
    draw();
  });
  document.addEventListener("comptoir:shown", (event) => {
    const { computedAt } = /** @type {CustomEvent<{ computedAt: number }>} */ (event).detail;
    if (!click || click.table || computedAt < click.at) return;
    click = { ...click, spark: computedAt, table: Date.now() };
    draw();
  });
}
