"""Rules of gate_raw: what the shop's connector and the lander wrote, before dbt reads it."""

from __future__ import annotations

from datetime import UTC, datetime

from expectations.raw import clickstream, completeness, magento, shopify
from expectations.tables import Table

SHOP_TABLES = {"shopify": shopify.tables, "magento": magento.tables}


def tables(platform: str) -> list[Table]:
    """The tables of the layer with their rules, for a shop on `platform`; rules about the future start from now."""
    now = datetime.now(UTC)
    return [*SHOP_TABLES[platform](now), completeness.table(), clickstream.table(now)]
