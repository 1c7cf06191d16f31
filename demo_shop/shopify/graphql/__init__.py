"""Shopify's Admin GraphQL API over the demo shop's store, executed by graphql-core against Shopify's own schema."""
