/* The storefront's HTTP API as the pages use it. An error is an Error with the API's own sentence. */

async function ask(path, parameters = {}, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== undefined && one !== null && one !== "") query.append(name, one);
  }
  const text = query.toString();
  const answer = await fetch(text ? `${path}?${text}` : path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? body.errors ?? `The shop does not answer (${answer.status}).`);
  return body;
}

export const config = () => ask("/config.json");
export const search = (parameters) => ask("/v1/search", parameters);
export const product = (id) => ask(`/v1/products/${encodeURIComponent(id)}`);
export const goesWith = (id, n) => ask(`/v1/products/${encodeURIComponent(id)}/neighbours`, { kind: "together", n }).then((a) => a.items);
export const trending = (n, category) => ask("/v1/trending", { n, category }).then((a) => a.items);
export const recommend = (slot, visitor, n, onScreen) =>
  ask("/v1/recommendations", { slot, visitor_id: visitor, n, product_id: onScreen })
    .then(({ arm, items }) => items.map((item) => ({ ...item, arm })));
export const placeOrder = (order) =>
  ask("/demo/orders", {}, { method: "POST", body: JSON.stringify(order), headers: { "content-type": "application/json" } });
