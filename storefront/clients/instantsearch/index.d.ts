/** Algolia's search parameters, as far as the storefront reads them. */
export interface SearchParameters {
  query?: string;
  page?: number;
  hitsPerPage?: number;
  facets?: string | readonly string[];
  facetFilters?: readonly (string | string[])[];
  numericFilters?: readonly (string | string[])[];
  filters?: string;
  highlightPreTag?: string;
  highlightPostTag?: string;
  facetName?: string;
  facetQuery?: string;
  maxFacetHits?: number;
}

export interface SearchRequest {
  indexName: string;
  params?: SearchParameters;
  type?: string;
  facet?: string;
}

export interface Options {
  /** Address of the storefront, without a slash at its end. */
  url: string;
  /** Default: the global fetch. */
  fetch?: (input: string, init?: RequestInit) => Promise<Response>;
  /** In ms; default 5000. */
  timeout?: number;
  /**
   * Whose taste the order of what fits alike follows, as the tracker knows it: `() => comptoir.followedVisitorId`, which is
   * empty for who has not agreed. Default: nobody's.
   */
  visitorId?: () => string | undefined;
  /** Whose prices are shown, filtered and sorted by: one of the shop's price lists, as `() => "USD"`. Default: the shop's own. */
  priceList?: () => string | undefined;
}

export interface Tracker {
  track(event: string, properties: object): void;
}

/** Algolia's search response, as far as the storefront fills it. */
export interface SearchResponse {
  index: string;
  hits: { objectID: string; [attribute: string]: unknown }[];
  nbHits: number;
  page: number;
  hitsPerPage: number;
  nbPages: number;
  processingTimeMS: number;
  query: string;
  params: string;
  facets: Record<string, Record<string, number>>;
  facets_stats: Record<string, { min: number; max: number }>;
  /** Of the storefront alone: corrected query, suggestion, kind and reason of the match, banners. */
  userData: object[];
}

export interface FacetResponse {
  facetHits: { value: string; highlighted: string; count: number }[];
  exhaustiveFacetsCount: boolean;
  processingTimeMS: number;
}

/** What the middleware needs of InstantSearch's results, and of its instance. */
export interface Results {
  query: string;
  page: number;
  nbHits: number;
  _state: Record<"disjunctiveFacetsRefinements" | "facetsRefinements", Record<string, string[]>>;
}

export interface Instance {
  helper: { lastResults: Results | null } | null;
  mainHelper: { hasPendingRequests(): boolean } | null;
  on(event: "render", listener: () => void): unknown;
  removeListener(event: "render", listener: () => void): unknown;
}

/** A client for InstantSearch's `searchClient`. An answer that is no 200 throws an Error with the storefront's sentence. */
export function comptoir(options: Options): {
  search(requests: readonly SearchRequest[]): Promise<{ results: (SearchResponse | FacetResponse)[] }>;
  searchForFacetValues(requests: readonly SearchRequest[]): Promise<FacetResponse[]>;
};

/** Middleware that reports each result list as Products Searched. */
export function reportSearches(tracker: Tracker): (instance: { instantSearchInstance: Instance }) => {
  onStateChange(): void;
  subscribe(): void;
  unsubscribe(): void;
};

/** For InstantSearch's `insights: { insightsClient }`: clicks on hits become Product Clicked with their position. */
export function insightsClient(tracker: Tracker): (method: string, payload: object) => void;
