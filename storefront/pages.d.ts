/* What the pages' scripts pass to each other, for the type checker alone: nothing of it is served. */

/** A product as search, recommendations and the product API answer with it; prices in `currency`, without tax. */
interface ShopProduct {
  product_id: string;
  sku?: string | null;
  title: string;
  brand: string | null;
  category: string | null;
  department: string | null;
  price: number | null;
  compare_at_price?: number | null;
  currency: string | null;
  rating: number | null;
  rating_count: number;
  is_in_stock: boolean;
  attributes?: Record<string, unknown>;
}

/** A product in a recommended list; `rank` counts from 1. */
interface RecommendedProduct extends ShopProduct {
  rank: number;
  reason?: string | null;
  source?: string | null;
  model_version?: string | null;
  arm?: string;
}

interface FacetValue {
  value: string;
  count: number;
}

/** Products from `from` up to, but without, `to`; no `to` on the last step. */
interface FacetStep {
  from: number;
  to?: number;
  count: number;
}

/** GET /v1/search. `corrected` is the query that was really answered if the visitor's was misspelled. */
interface SearchResult {
  total: number;
  took_ms: number;
  hits: ShopProduct[];
  corrected: string | null;
  facets: {
    brand?: FacetValue[];
    category?: FacetValue[];
    department?: FacetValue[];
    price?: FacetStep[];
    rating?: FacetStep[];
    in_stock?: { value: boolean; count: number }[];
    attributes?: { name: string; values: FacetValue[] }[];
  };
}

/** GET /config.json. `checkout`: whether the demo shop takes orders. */
interface ShopConfig {
  collector_url: string;
  write_key: string;
  currency: string;
  checkout: boolean;
  dashboard_url: string;
  dagster_url: string;
}

/** An order that the demo shop has priced; amounts are decimal texts. */
interface PricedOrder {
  order_id: number;
  number: number;
  currency: string;
  shipping: string;
  lines: { quantity: number; unit_price: string; discount: string; tax: string }[];
}

interface CartLine {
  item: ShopProduct;
  quantity: number;
}

/** What a page is given. `id` is the product in the address of a product page. */
interface PageContext {
  tracker: import("./pages/tracker.js").Tracker;
  cart: import("./pages/js/cart.js").Cart;
  config: ShopConfig;
  query: URLSearchParams;
  id: string;
}

/** Draws a page into `main`; may return what to do when the visitor leaves it. */
// biome-ignore lint/suspicious/noConfusingVoidType: most pages return nothing
type ShopPage = (main: HTMLElement, context: PageContext) => Promise<(() => void) | void>;
