"""What a Shopify app is granted: the API version it calls and the scopes it has."""

from __future__ import annotations

API_VERSION = "2026-10"
SCOPES = (
    "read_all_orders",
    "read_customers",
    "read_discounts",
    "read_draft_orders",
    "read_inventory",
    "read_locations",
    "read_markets",
    "read_merchant_managed_fulfillment_orders",
    "read_orders",
    "read_price_rules",
    "read_products",
    "read_publications",
    "read_shipping",
)
"""What our app may read. Without `read_all_orders` Shopify shows an app only the orders of the last 60 days."""
