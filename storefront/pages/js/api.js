/* The storefront's HTTP API as the pages use it. A failed request throws an Error with the API's own sentence. */

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
  const answer = await fetch(text ? `${path}?${text}` : path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? body.errors ?? `The shop does not answer (${answer.status}).`);
  return body;
}

/** @returns {Promise<ShopConfig>} */
export const config = () => request("/config.json");

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
 * What is bought together with a product.
 * @param {string} id
 * @param {number} n
 * @returns {Promise<RecommendedProduct[]>}
 */
export const boughtTogether = async (id, n) =>
  (await request(`/v1/products/${encodeURIComponent(id)}/neighbours`, { kind: "together", n })).items;

/**
 * @param {number} n
 * @returns {Promise<RecommendedProduct[]>}
 */
export const trending = async (n) => (await request("/v1/trending", { n })).items;

/**
 * @param {string} slot
 * @param {string} visitor "" for one who is not followed
 * @param {number} n
 * @param {string} [onScreen] the product the page shows
 * @returns {Promise<RecommendedProduct[]>}
 */
export const recommend = async (slot, visitor, n, onScreen) => {
  const { arm, items } = await request("/v1/recommendations", { slot, visitor_id: visitor, n, product_id: onScreen });
  return items.map((/** @type {RecommendedProduct} */ item) => ({ ...item, arm }));
};

/**
 * @param {object} order
 * @returns {Promise<PricedOrder>}
 */
export const placeOrder = (order) =>
  request(
    "/demo/orders",
    {},
    { method: "POST", body: JSON.stringify(order), headers: { "content-type": "application/json" } },
  );
