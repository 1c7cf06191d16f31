/* What the scripts of pages/ and clients/ pass to each other, for the type checker alone: nothing of it is served. */

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
  image_url?: string | null;
  url?: string;
  attributes?: Record<string, unknown>;
  highlights?: Record<string, string>;
}

/** A product in a recommended list; `rank` counts from 1. */
interface RecommendedProduct extends ShopProduct {
  rank: number;
  reason?: string | null;
  source?: string | null;
  model_version?: string | null;
  computed_at?: string | null;
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

/**
 * GET /v1/search. `corrected` is the query that was really answered if the visitor's was misspelled, `suggestion` one
 * that is only offered, `reason` a sentence about a partial match, `nearest` what is near when nothing was found.
 */
interface SearchResult {
  total: number;
  took_ms: number;
  hits: ShopProduct[];
  corrected: string | null;
  suggestion?: string | null;
  match?: string;
  reason?: string | null;
  is_personal?: boolean;
  nearest?: { total: number; hits: ShopProduct[]; without: string[]; query: string | null; reason: string } | null;
  redirect?: string | null;
  banners?: { title: string; url: string | null; image_url: string | null }[];
  facets: {
    brand?: FacetValue[];
    category?: FacetValue[];
    department?: FacetValue[];
    price?: FacetStep[];
    price_range?: { min: number; max: number; currency: string | null }[];
    rating?: FacetStep[];
    in_stock?: { value: boolean; count: number }[];
    attributes?: {
      name: string;
      values: FacetValue[];
      range?: { min: number; max: number; unit: string | null } | null;
    }[];
    categories?: { value: string; count: number; children: FacetValue[] }[];
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
  country_code: string;
  discount_code: string | null;
  shipping: string;
  lines: { product_id: number; title: string; quantity: number; unit_price: string; discount: string; tax: string }[];
}

/** What is kept of a cart in the browser: never a price or a name. */
interface KeptLine {
  product_id: string;
  quantity: number;
}

interface CartLine {
  item: ShopProduct;
  quantity: number;
}

/** What a page is given. `id` is the product in the address of a product page. */
interface PageContext {
  tracker: import("./clients/tracker.js").Tracker;
  cart: import("./pages/js/cart.js").Cart;
  config: ShopConfig;
  query: URLSearchParams;
  id: string;
}

/** Draws a page into `main`, which is not in the document yet. */
type ShopPage = (main: HTMLElement, context: PageContext) => Promise<void>;

interface Window {
  /** The tracker of the page, if there is one. */
  comptoir?: import("./clients/tracker.js").Tracker;
  magentoStorefrontEvents?: import("@adobe/magento-storefront-events-sdk").MagentoStorefrontEvents;
  Shopify?: {
    country?: string;
    routes?: { root: string };
    loadFeatures?: (features: { name: string; version: string }[], done: (error: Error | null) => void) => void;
    customerPrivacy?: { analyticsProcessingAllowed(): boolean; preferencesProcessingAllowed(): boolean };
  };
}

/** What Shopify gives a custom pixel. */
declare const api: import("@shopify/web-pixels-extension").ExtensionApi;
