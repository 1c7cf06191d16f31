/*
 * InstantSearch's requests (Algolia's search parameters) as parameters of GET /v1/search. What the storefront cannot do
 * throws a RangeError that names it, rather than being left out of the question.
 */

/** @typedef {import("./index.d.ts").SearchParameters} SearchParameters */

const SORTS = ["price_asc", "price_desc", "rating", "newest", "popularity"];
const SEPARATOR = " > "; // of hierarchical facets
const NUMERIC = /^\s*([^<>=!\s]+)\s*(<=|>=|=)\s*(-?\d+(?:\.\d+)?)\s*$/;
export const TREE = ["categories.lvl0", "categories.lvl1"];
export const PAGE_SIZE = 20; // InstantSearch's default

/**
 * The sort that an index name stands for: sort orders are indices of their own, `products_price_asc`.
 * @param {string} indexName
 */
const sortOf = (indexName) => SORTS.find((sort) => indexName.endsWith(`_${sort}`)) ?? "relevance";

/**
 * `facet:value`, as in facetFilters; a value that begins with a minus is written `\-`.
 * @param {string} filter
 */
const splitFilter = (filter) => {
  const place = filter.indexOf(":");
  const value = filter.slice(place + 1);
  if (value.startsWith("-"))
    throw new RangeError(`The storefront cannot exclude values: take out the filter ${filter}.`);
  return { facet: filter.slice(0, place), value: value.startsWith("\\-") ? value.slice(1) : value };
};

/**
 * @param {URLSearchParams} query
 * @param {string} facet
 * @param {string} value
 */
const addFilter = (query, facet, value) => {
  if (facet === TREE[0]) query.append("department", value);
  else if (facet === TREE[1]) {
    const [department, category] = value.split(SEPARATOR);
    query.append("department", department);
    query.append("category", category);
  } else if (facet === "in_stock") {
    if (value !== "true")
      throw new RangeError("The storefront cannot show sold-out products alone: filter in_stock by true.");
    query.set("in_stock", "1");
  } else query.append(facet, value);
};

/**
 * @param {URLSearchParams} query
 * @param {string} filter such as `price>=100`
 */
const addNumeric = (query, filter) => {
  const [, facet, operator, value] = NUMERIC.exec(filter) ?? [];
  if (!facet) throw new RangeError(`The storefront reads numeric filters with >=, <= and = alone, not ${filter}.`);
  const name = (/** @type {string} */ end) =>
    facet.startsWith("attr.") ? `attr_${end}.${facet.slice(5)}` : `${facet}_${end}`;
  if (operator !== "<=") query.set(name("min"), value);
  if (operator !== ">=") query.set(name("max"), value);
};

/**
 * The question to GET /v1/search. `isImpossible`: two values that no product has at once are asked for.
 * Throws a RangeError for exclusions, for numeric filters with other operators, and for `filters` and `tagFilters`.
 * @param {string} indexName
 * @param {SearchParameters} params
 */
export function toQuery(indexName, params) {
  if (params.filters)
    throw new RangeError(`The storefront reads facetFilters and numericFilters, not filters (${params.filters}).`);
  const query = new URLSearchParams();
  if (params.query) query.set("q", params.query);
  const size = params.hitsPerPage ?? PAGE_SIZE;
  query.set("limit", String(size));
  if (params.page && size) query.set("offset", String(params.page * size));
  if (sortOf(indexName) !== "relevance") query.set("sort", sortOf(indexName));
  const isTagged = params.highlightPreTag !== undefined && size > 0;
  if (isTagged) query.set("highlight", "1");
  /** @type {Map<string, string>} facets of which one value is a must */
  const musts = new Map();
  let isImpossible = false;
  for (const group of params.facetFilters ?? []) {
    for (const filter of [group].flat()) {
      const { facet, value } = splitFilter(filter);
      if (typeof group === "string") {
        isImpossible ||= musts.has(facet) && musts.get(facet) !== value;
        musts.set(facet, value);
      }
      addFilter(query, facet, value);
    }
  }
  for (const filter of (params.numericFilters ?? []).flat()) addNumeric(query, filter);
  if (!params.facets?.length) query.set("facets", "0");
  return { query, isImpossible };
}

/**
 * Whether `other` asks only for the counts of one facet without its own filter, as InstantSearch does beside each
 * question: the storefront's answer to `main` has them already.
 * @param {SearchParameters} main
 * @param {SearchParameters} other
 */
export function isAnsweredBy(main, other) {
  if (other.hitsPerPage !== 0 || (main.query ?? "") !== (other.query ?? "")) return false;
  const facet = [other.facets ?? []].flat()[0];
  if (!facet || TREE.includes(facet)) return false;
  const facetOf = (/** @type {string | string[]} */ group) => splitFilter([group].flat()[0]).facet;
  const numericOf = (/** @type {string | string[]} */ filter) => NUMERIC.exec([filter].flat()[0])?.[1];
  const rest = {
    facets: (main.facetFilters ?? []).filter((group) => facetOf(group) !== facet),
    numbers: (main.numericFilters ?? []).filter((filter) => numericOf(filter) !== facet),
  };
  const asked = { facets: other.facetFilters ?? [], numbers: other.numericFilters ?? [] };
  return JSON.stringify(rest) === JSON.stringify(asked);
}
