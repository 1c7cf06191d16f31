"""Pseudonyms of customers, roles, and requests by Shopify's privacy webhooks."""
