/* The storefront's answers as InstantSearch reads them: Algolia's search response. */
import { PAGE_SIZE, TREE } from "./parameters.js";

/** @typedef {import("./index.d.ts").SearchParameters} SearchParameters */
/** @typedef {Record<string, Record<string, number>>} Counts facet -> value -> number of products */

const DEEPEST = 10_000; // the storefront's highest offset
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#x27;": "'" };

/** @param {{ value: string | boolean, count: number }[]} values */
const counted = (values) => Object.fromEntries(values.map(({ value, count }) => [String(value), count]));

/**
 * Steps that hold each other (4 and more, 3 and more) as counts of each alone.
 * @param {FacetStep[]} steps
 */
const stepsApart = (steps) => {
  const downwards = [...steps].sort((one, other) => other.from - one.from);
  return Object.fromEntries(
    downwards.map(({ from, count }, place) => [String(from), count - (downwards[place - 1]?.count ?? 0)]),
  );
};

/**
 * @param {SearchResult["facets"]} found
 * @returns {Counts}
 */
const countsOf = (found) => {
  const {
    brand = [],
    category = [],
    department = [],
    in_stock = [],
    price = [],
    rating = [],
    attributes = [],
    categories = [],
  } = found;
  const children = categories.flatMap((parent) =>
    parent.children.map((child) => ({ value: `${parent.value} > ${child.value}`, count: child.count })),
  );
  return {
    brand: counted(brand),
    category: counted(category),
    department: counted(department),
    in_stock: counted(in_stock),
    price: Object.fromEntries(price.map(({ from, count }) => [String(from), count])),
    rating: stepsApart(rating),
    ...Object.fromEntries(attributes.map(({ name, values }) => [`attr.${name}`, counted(values)])),
    [TREE[0]]: counted(categories.length ? categories : department),
    [TREE[1]]: counted(children),
  };
};

/** @param {SearchResult["facets"]} found */
const statsOf = ({ price = [], price_range = [], attributes = [] }) => {
  /** @type {Record<string, { min: number, max: number }>} */
  const stats = {};
  const [range] = price_range;
  if (range) stats.price = { min: range.min, max: range.max };
  else if (price.length)
    stats.price = { min: price[0].from, max: price[price.length - 1].to ?? price[price.length - 1].from };
  for (const { name, range: span } of attributes) if (span) stats[`attr.${name}`] = { min: span.min, max: span.max };
  return stats;
};

/**
 * Escaped text with <mark> as plain text with InstantSearch's own marks, which it escapes itself.
 * @param {string} text
 * @param {SearchParameters} params
 */
export const withTags = (text, { highlightPreTag = "<em>", highlightPostTag = "</em>" }) =>
  text
    .replaceAll("<mark>", highlightPreTag)
    .replaceAll("</mark>", highlightPostTag)
    .replace(/&(?:amp|lt|gt|quot|#39|#x27);/g, (entity) => ENTITIES[/** @type {keyof typeof ENTITIES} */ (entity)]);

/**
 * @param {ShopProduct & { highlights?: Record<string, string> }} hit
 * @param {SearchParameters} params
 */
const toHit = ({ highlights = {}, ...hit }, params) => {
  const highlighted = ["title", "brand", "category"].map((name) => {
    const marked = highlights[name];
    const value = marked === undefined ? String(hit[/** @type {"title"} */ (name)] ?? "") : withTags(marked, params);
    const matchedWords = [...(marked ?? "").matchAll(/<mark>(.*?)<\/mark>/g)].map(([, word]) => word.toLowerCase());
    return [name, { value, matchLevel: matchedWords.length ? "full" : "none", matchedWords }];
  });
  return { ...hit, objectID: hit.product_id, _highlightResult: Object.fromEntries(highlighted) };
};

/**
 * One result of InstantSearch's `search(requests)`.
 * @param {string} index
 * @param {SearchParameters} params
 * @param {SearchResult} found
 */
export function toResult(index, params, found) {
  const hitsPerPage = params.hitsPerPage ?? PAGE_SIZE;
  const wanted = [params.facets ?? []].flat();
  const isWanted = (/** @type {string} */ name) => wanted.includes("*") || wanted.includes(name);
  const only = (/** @type {Record<string, any>} */ all) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
  return {
    index,
    hits: found.hits.map((hit) => toHit(hit, params)),
    nbHits: found.total,
    page: params.page ?? 0,
    hitsPerPage,
    nbPages: hitsPerPage ? Math.ceil(Math.min(found.total, DEEPEST) / hitsPerPage) : 0,
    processingTimeMS: Math.round(found.took_ms),
    query: params.query ?? "",
    params: new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)])).toString(),
    facets: only(countsOf(found.facets)),
    facets_stats: only(statsOf(found.facets)),
    exhaustiveNbHits: true,
    exhaustiveFacetsCount: true,
    userData: [
      {
        corrected: found.corrected,
        suggestion: found.suggestion,
        match: found.match,
        reason: found.reason,
        banners: found.banners,
        nearest: found.nearest && { ...found.nearest, hits: found.nearest.hits.map((hit) => toHit(hit, params)) },
        isPersonal: found.is_personal,
      },
    ],
  };
}

/** A result without a hit. @type {SearchResult} */
export const NOTHING = { total: 0, took_ms: 0, hits: [], corrected: null, facets: {} };
