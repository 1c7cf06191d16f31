/*
 * On a Shopify theme: links, images and prices of recommended products from Shopify itself, in the visitor's market and
 * language. A product that this market does not sell is left out.
 *
 * Asks the Storefront API, which answers products without a token:
 * https://shopify.dev/docs/api/storefront#authentication
 */
const API_VERSION = "2026-10";
const QUERY = `query ($ids: [ID!]!, $country: CountryCode, $language: LanguageCode) @inContext(country: $country, language: $language) {
  nodes(ids: $ids) {
    ... on Product {
      id handle title availableForSale
      featuredImage { url(transform: { maxWidth: 480 }) }
      priceRange { minVariantPrice { amount currencyCode } }
      compareAtPriceRange { minVariantPrice { amount } }
    }
  }
}`;

/** @typedef {{ id: string, handle: string, title: string, availableForSale: boolean, featuredImage: { url: string } | null, priceRange: { minVariantPrice: { amount: string, currencyCode: string } }, compareAtPriceRange: { minVariantPrice: { amount: string } } }} ShopifyProduct */

/** @param {RecommendedProduct[]} items */
const resolve = async (items) => {
  const ids = items.map(({ product_id }) => `gid://shopify/Product/${product_id}`);
  const root = window.Shopify?.routes?.root ?? "/";
  const language = document.documentElement.lang.slice(0, 2).toUpperCase() || undefined;
  const variables = { ids, country: window.Shopify?.country, language };
  const answer = await fetch(`/api/${API_VERSION}/graphql.json`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: QUERY, variables }),
  });
  if (!answer.ok) throw new Error(`Shopify's Storefront API: ${answer.status}`);
  /** @type {{ data: { nodes: (ShopifyProduct | null)[] } }} */
  const { data } = await answer.json();
  const byId = new Map(data.nodes.flatMap((node) => (node?.availableForSale ? [[node.id, node]] : [])));
  return items.flatMap((item) => {
    const node = byId.get(`gid://shopify/Product/${item.product_id}`);
    if (!node) return [];
    const { amount, currencyCode } = node.priceRange.minVariantPrice;
    return [
      {
        ...item,
        title: node.title,
        url: `${root}products/${node.handle}`,
        image_url: node.featuredImage?.url ?? null,
        price: Number(amount),
        compare_at_price: Number(node.compareAtPriceRange.minVariantPrice.amount) || null,
        currency: currencyCode,
      },
    ];
  });
};
// the element asks when it is defined, so that this comes before its answer
customElements.whenDefined("comptoir-recommendations").then((strip) => Object.assign(strip, { resolve }));
