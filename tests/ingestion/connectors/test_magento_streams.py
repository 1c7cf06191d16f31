"""Which of Magento's streams the first day cuts: orders and what belongs to them, never the range or the people."""

from __future__ import annotations

from pathlib import Path

from ingestion.connectors.magento.connector import magento_source
from ingestion.connectors.spec import MANIFEST_OPTION


def test_the_first_day_cuts_orders_only() -> None:
    source = magento_source(Path("venv"), "https://shop.example", "token", "2025-01-01")
    cursors = {
        stream["name"]: stream["incremental_sync"]["$ref"].rpartition("/")[2]
        for stream in source.config[MANIFEST_OPTION]["streams"]
        if "incremental_sync" in stream
    }
    assert {name for name, cursor in cursors.items() if cursor == "by_change"} == {"orders", "invoices", "credit_memos"}
    whole = source.config[MANIFEST_OPTION]["definitions"]["by_change_whole"]
    assert "config" not in whole["start_datetime"]["datetime"]
