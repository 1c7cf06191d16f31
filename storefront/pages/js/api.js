/* The storefront's HTTP API as the pages use it. A failed request throws an Error with the API's own sentence. */
import { t } from "./texts.js";

/**
 * @param {string} path
 * @param {Record<string, unknown>} [parameters] a list becomes one parameter an item; empty ones are left out
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function request(path, parameters = {}, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null && one !== "") query.append(name, String(one));
    }
  }
  const text = query.toString();
  const answer = await fetch(text ? `${path}?${text}` : path, options).catch(() => {
    throw new Error(t("The shop does not answer: are you offline? Try again."));
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok)
    throw new Error(body.error ?? body.errors ?? t("The shop does not answer ({status}).", { status: answer.status }));
  return body;
}

/** @param {string} path @param {object} body */
const post = (path, body) =>
  request(path, {}, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });

/**
 * @param {Record<string, unknown>} parameters
 * @returns {Promise<SearchResult>}
 */
export const search = (parameters) => request("/v1/search", parameters);

/**
 * @param {string} id
 * @returns {Promise<ShopProduct>}
 */
export const product = (id) => request(`/v1/products/${encodeURIComponent(id)}`);

/**
 * What an order would cost, by the shop's own prices, and the countries that it can go to.
 * @param {object} order
 * @returns {Promise<{ order: PricedOrder, countries: string[] }>}
 */
export const quote = (order) => post("/demo/quote", order);

/**
 * @param {object} order
 * @returns {Promise<PricedOrder>}
 */
export const placeOrder = (order) => post("/demo/orders", order);

/**
 * An order by id and number, which only its buyer was told together.
 * @param {string} id
 * @param {string} number
 * @returns {Promise<PricedOrder>}
 */
export const placedOrder = (id, number) => request(`/demo/orders/${encodeURIComponent(id)}`, { number });

/**
 * When the visitor's list was computed, in ms; 0 when there is none.
 * @param {string} visitor
 * @returns {Promise<number>}
 */
export const computedAt = async (visitor) => {
  const { items } = await request("/v1/recommendations", { slot: "home", visitor_id: visitor, n: 1 });
  return items[0]?.computed_at ? Date.parse(items[0].computed_at) : 0;
};
