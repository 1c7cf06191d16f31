"""The connector for Shopify: the configuration of Airbyte's source (airbyte-source-shopify) and the streams we read.

Options: https://docs.airbyte.com/integrations/sources/shopify
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ingestion.connectors.shopify.kept_fields import KEPT, PERSONS
from ingestion.connectors.spec import ConnectorSpec, Source

# Parents before children. Product metafields hold the ratings (reviews.rating, reviews.rating_count). Discount codes
# from the stream `_sync`: a bulk job returns only about the first hundred codes of a discount, without saying so.
STREAMS = (
    "products",
    "deleted_products",
    "product_variants",
    "inventory_items",
    "inventory_levels",
    "metafield_products",
    "customers",
    "price_rules",
    "discount_codes_sync",
    "abandoned_checkouts",
    "orders",
    "transactions",
)
# no model reads them, and refunds hold notes about persons; rows of earlier versions go with the next sync
UNREAD = ("locations", "order_refunds")

# The range and the people are read whole: the first day cuts orders, checkouts and discounts. The connector has one
# first day for all streams; nothing in a shop is older than Shopify itself, which began in 2006.
WHOLE_STREAMS = frozenset({
    "products", "product_variants", "inventory_items", "inventory_levels", "metafield_products", "customers"
})  # fmt: skip
SHOPIFY_BEGAN = "2006-01-01"

# One bulk job per window and stream, and the connector waits a second before each: with a window of a month, most of
# a first sync would be waiting.
BULK_WINDOW_DAYS = 3650
BULK_CHECKPOINT_ROWS = 1_000_000  # the maximum: a checkpoint cancels the job and starts a new one

# about streams that we do not read; a missing stream that we do read is reported by the sync
EXPECTED_WARNINGS = ("could not be synced without the", "top-level customer fields are redacted")

LOOK_BACK = timedelta(days=1)


def shopify_source(
    venv: Path,
    shop: str,
    api_password: str,
    start_date: str,
    environment: dict[str, str] | None = None,
    streams: tuple[str, ...] = STREAMS,
    has_day_token: bool = False,
    has_price_lists: bool = False,
) -> Source:
    """The Shopify connector for one shop.

    `venv` holds the connector, `shop` is the name before `.myshopify.com`, `start_date` is YYYY-MM-DD.
    `has_day_token`: `api_password` is valid for a day. `has_price_lists`: each variant comes with its price in every
    currency of the shop, which takes as many lines more of Shopify's answer.
    """
    config = {
        "shop": shop,
        "credentials": {"auth_method": "api_password", "api_password": api_password},
        "start_date": start_date,
        "lookback_window_in_days": LOOK_BACK.days,
        "bulk_window_in_days": BULK_WINDOW_DAYS,
        "job_checkpoint_interval": BULK_CHECKPOINT_ROWS,
        "job_product_variants_include_pres_prices": has_price_lists,
        "populate_top_level_orders_customer_fields": False,
    }
    connector = ConnectorSpec(
        "source-shopify",
        venv / "bin" / "source-shopify",
        environment or {},
        secrets=(api_password,),
        expected=EXPECTED_WARNINGS,
    )
    return Source(
        connector,
        config,
        streams,
        LOOK_BACK,
        has_day_token,
        KEPT,
        UNREAD,
        PERSONS,
        whole_streams=WHOLE_STREAMS.intersection(streams),
        whole_config={"start_date": SHOPIFY_BEGAN},
    )
