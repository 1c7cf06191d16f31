"""The demo shop as Shopify shows a shop: the part of its Admin API (GraphQL and REST) that connectors read."""
