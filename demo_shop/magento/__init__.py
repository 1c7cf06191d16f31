"""The demo shop as Magento 2 shows a shop: the part of its REST and GraphQL API that connectors read."""
