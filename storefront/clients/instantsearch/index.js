/*
 * A search client for InstantSearch on Comptoir's storefront: `instantsearch({ searchClient: comptoir({ url }) })`.
 *
 * Facets: brand, category, department, in_stock, price, rating, attr.<name>, categories.lvl0 and .lvl1. Sort orders are
 * index names that end with _price_asc, _price_desc, _rating, _newest or _popularity.
 */
import { NOTHING, toResult, withTags } from "./answers.js";
import { isAnsweredBy, toQuery } from "./parameters.js";

/** @typedef {import("./index.d.ts").SearchRequest} SearchRequest */
/** @typedef {import("./index.d.ts").Options} Options */

const REMEMBERED = 50; // answers kept, for the way back
const REMEMBERED_MS = 60_000;
const FACET_HITS = 10; // InstantSearch's default

/** @param {Options} options */
export function comptoir({
  url,
  fetch: ask = (input, init) => fetch(input, init),
  timeout = 5000,
  visitorId,
  priceList,
}) {
  /** @type {Map<string, { at: number, answer: Promise<any> }>} */
  const remembered = new Map();

  /** @param {string} address @returns {Promise<any>} */
  const get = async (address) => {
    const answer = await ask(address, { signal: AbortSignal.timeout(timeout) });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.error ?? `The storefront at ${url} does not answer (${answer.status}).`);
    return body;
  };

  /** @param {string} path @param {URLSearchParams} query @returns {Promise<any>} */
  const question = (path, query) => {
    const address = `${url}/v1/${path}?${query}`;
    const known = remembered.get(address);
    if (known && Date.now() - known.at < REMEMBERED_MS) return known.answer;
    const answer = get(address);
    remembered.delete(address);
    remembered.set(address, { at: Date.now(), answer });
    answer.catch(() => remembered.delete(address));
    for (const oldest of [...remembered.keys()].slice(0, -REMEMBERED)) remembered.delete(oldest);
    return answer;
  };

  /** @param {URLSearchParams} query */
  const addPriceList = (query) => {
    const list = priceList?.();
    if (list) query.set("price_list", list);
  };

  /** @param {SearchRequest} request */
  const found = ({ indexName, params = {} }) => {
    const { query, isImpossible } = toQuery(indexName, params);
    const visitor = visitorId?.();
    if (visitor) query.set("visitor_id", visitor);
    addPriceList(query);
    return isImpossible ? NOTHING : question("search", query);
  };

  /** @param {SearchRequest} request */
  const facetValues = async ({ indexName, facet, params = {} }) => {
    const { facetName, facetQuery = "", maxFacetHits = FACET_HITS, ...rest } = params;
    const { query } = toQuery(indexName, { ...rest, hitsPerPage: 0, page: 0, facets: ["*"] });
    addPriceList(query);
    query.set("facet_query", facetQuery);
    query.set("limit", String(maxFacetHits));
    const { values } = await question(`facets/${encodeURIComponent(String(facet ?? facetName))}`, query);
    const facetHits = values.map((/** @type {{ value: string, count: number, highlighted?: string }} */ one) => ({
      value: one.value,
      highlighted: withTags(one.highlighted ?? one.value, params),
      count: one.count,
    }));
    return { facetHits, exhaustiveFacetsCount: true, processingTimeMS: 0 };
  };

  return {
    /**
     * @param {SearchRequest[]} requests
     * @returns {Promise<{ results: (import("./index.d.ts").SearchResponse | import("./index.d.ts").FacetResponse)[] }>}
     */
    async search(requests) {
      const [main] = requests;
      const results = requests.map(async (request) => {
        if (request.type === "facet") return facetValues(request);
        const { indexName, params = {} } = request;
        const isSame = request !== main && main.indexName === indexName && isAnsweredBy(main.params ?? {}, params);
        const answer = await found(isSame ? main : request);
        return toResult(indexName, params, isSame ? { ...answer, hits: [] } : answer);
      });
      return { results: await Promise.all(results) };
    },
    /** @param {SearchRequest[]} requests */
    searchForFacetValues: (requests) => Promise.all(requests.map(facetValues)),
  };
}

/**
 * A middleware that reports each result list to a tracker: `search.use(reportSearches(tracker))`.
 * @param {{ track: (event: string, properties: object) => void }} tracker
 */
export const reportSearches =
  (tracker) =>
  /** @param {{ instantSearchInstance: import("./index.d.ts").Instance }} instance */
  ({ instantSearchInstance: search }) => {
    /** @type {import("./index.d.ts").Results | null} */
    let last = null;
    let said = "";
    const report = () => {
      const results = search.helper?.lastResults;
      // while a search is on its way, InstantSearch draws the results it has with the filters that are to come
      if (!results?.query || results === last || search.mainHelper?.hasPendingRequests()) return;
      last = results;
      const { disjunctiveFacetsRefinements, facetsRefinements } = results._state;
      const facets = Object.entries({ ...disjunctiveFacetsRefinements, ...facetsRefinements });
      const filters = facets.flatMap(([type, values]) => values.map((value) => ({ type, value: String(value) })));
      const now = JSON.stringify([results.query, filters]);
      if (now === said) return; // another page or order of the same list
      said = now;
      tracker.track("Products Searched", { query: results.query, filters, results: results.nbHits });
    };
    return {
      onStateChange() {},
      subscribe: () => search.on("render", report),
      unsubscribe: () => search.removeListener("render", report),
    };
  };

/**
 * Clicks as InstantSearch reports them, for its option `insights: { insightsClient }`.
 * @param {{ track: (event: string, properties: object) => void }} tracker
 */
export const insightsClient =
  (tracker) =>
  /**
   * @param {string} method
   * @param {{ objectIDs?: string[], positions?: number[] }} payload
   */
  (method, payload) => {
    if (!method.startsWith("clickedObjectIDs")) return;
    for (const [place, product_id] of (payload.objectIDs ?? []).entries()) {
      tracker.track("Product Clicked", { product_id, position: payload.positions?.[place] });
    }
  };
