"""The demo shop as Magento 2 shows a shop: the part of its REST and GraphQL APIs that connectors read."""
