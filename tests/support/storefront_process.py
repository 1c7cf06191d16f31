"""The storefront as it runs: a process of its own, reached over HTTP."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.support.servers import stopped_at_exit
from local.ports import find_free_port
from local.waiting import wait_until
from storefront.search.builder import index_products
from tests.support.products import SHELF

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"  # no database answers here


@contextmanager
def storefront_process(folder: Path, database: str) -> Iterator[int]:
    """The real server in a process of its own, with an index; its port. An address may ask six times at once."""
    index_products(SHELF, folder / "search_index")
    port = find_free_port()
    environment = os.environ | {
        "COMPTOIR_DATA_DIR": str(folder),
        "COMPTOIR_POSTGRES_URL": database,
        "COMPTOIR_STOREFRONT_PASSWORD": "storefront",
        "COMPTOIR_STOREFRONT_PORT": str(port),
        "COMPTOIR_ADDRESS_REQUESTS_PER_SECOND_LIMIT": "0.001",
        "COMPTOIR_ADDRESS_REQUESTS_BURST": "5",
    }
    log = folder / "api.log"
    with stopped_at_exit([sys.executable, "-m", "storefront.api"], log, env=environment):
        url = f"http://127.0.0.1:{port}/v1/search"
        wait_until(lambda: httpx.get(url).raise_for_status(), "the storefront", seconds=120)
        yield port
    assert "Traceback" not in log.read_text()
