"""Shopify's Admin REST API over the demo shop's store."""
