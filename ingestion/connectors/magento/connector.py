"""The connector for Magento 2: Airbyte's declarative runner (`source-declarative-manifest`) and our manifest.yaml.

The runner gets the manifest inside its configuration; on an Airbyte server it becomes a custom connector
(ingestion/airbyte/server/actors.py).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ingestion.connectors.spec import MANIFEST_OPTION, ConnectorSpec, Source

MANIFEST_FILE = Path(__file__).with_name("manifest.yaml")

# streams that others refer to come first
STREAMS = (
    "store_configs",
    "categories",
    "product_attributes",
    "products",
    "source_items",
    "product_ratings",
    "customers",
    "orders",
    "invoices",
    "credit_memos",
)

PERSONS = {"customers": ("id",), "orders": ("customer_id",)}  # where a record names its customer

LOOK_BACK_DAYS = 1
PAGE_SIZE = 100  # rows per request


def magento_source(
    venv: Path,
    url: str,
    access_token: str,
    start_date: str,
    environment: dict[str, str] | None = None,
    streams: tuple[str, ...] = STREAMS,
    store_view: str = "default",
    page_size: int = PAGE_SIZE,
) -> Source:
    """The connector for one Magento shop.

    `venv` holds the runner, `url` is the shop's address without a path, `start_date` is YYYY-MM-DD, `store_view` the
    code of the view whose names and prices are read.
    """
    config = {
        MANIFEST_OPTION: _manifest(),
        "url": url,
        "access_token": access_token,
        "start_date": start_date,
        "store_view": store_view,
        "page_size": page_size,
        # the manifest looks back itself, here and on an Airbyte server, so `Source.look_back` stays zero
        "lookback_days": LOOK_BACK_DAYS,
    }
    connector = ConnectorSpec(
        "source-declarative-manifest",
        venv / "bin" / "source-declarative-manifest",
        environment or {},
        secrets=(access_token,),
    )
    return Source(connector, config, streams, persons=PERSONS)


@cache
def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = msgspec.yaml.decode(MANIFEST_FILE.read_bytes())
    return manifest
