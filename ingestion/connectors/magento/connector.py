"""Magento 2 by Airbyte's declarative runner (`source-declarative-manifest`) and our manifest, magento.yaml.

The runner takes the manifest inside its configuration. On an Airbyte server the same file is uploaded in the
connector builder and the rest of the configuration is typed in.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ingestion.connectors.spec import ConnectorSpec, Source

MANIFEST_FILE = Path(__file__).with_name("manifest.yaml")

# what others point to comes first
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

LOOK_BACK_DAYS = 1
PAGE_SIZE = 100


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

    `venv` holds the runner, `url` is the shop's address without a path, `start_date` is YYYY-MM-DD.
    """
    config = {
        "__injected_declarative_manifest": _manifest(),
        "url": url,
        "access_token": access_token,
        "start_date": start_date,
        "store_view": store_view,
        "page_size": page_size,
        # the manifest looks back itself, on an Airbyte server as here; so the state is not set back a second time
        "lookback_days": LOOK_BACK_DAYS,
    }
    connector = ConnectorSpec(
        "source-declarative-manifest",
        venv / "bin" / "source-declarative-manifest",
        environment or {},
        secrets=(access_token,),
    )
    return Source(connector, config, streams)


@cache
def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = msgspec.yaml.decode(MANIFEST_FILE.read_bytes())
    return manifest
