"""A demo shop that answers as Shopify and as Magento, with its server and its proxy as processes of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.support.servers import stopped_at_exit
from comptoir.environment import child_environment
from demo_shop.store.store import STORE_FILE, Store
from local.ports import find_free_port
from local.waiting import wait_until


@contextmanager
def served_platforms(
    data_dir: Path, fill: Callable[[Store], None], **settings: str
) -> Iterator[tuple[Store, dict[str, int]]]:
    """Serve what `fill` puts into a store below `data_dir`: the store, and the ports as settings.

    `settings` are further settings of the server.
    """
    ports = {"demo_shop_port": find_free_port(), "demo_proxy_port": find_free_port()}
    store = Store(data_dir / "demo_shop" / STORE_FILE)
    fill(store)
    changes = {"data_dir": str(data_dir), **settings, **{name: str(port) for name, port in ports.items()}}
    environment = child_environment({f"COMPTOIR_{name.upper()}": value for name, value in changes.items()})
    health = f"https://127.0.0.1:{ports['demo_shop_port']}/demo/health"
    with (
        stopped_at_exit([sys.executable, "-m", "demo_shop.server"], data_dir / "server.log", env=environment),
        stopped_at_exit([sys.executable, "-m", "demo_shop.shopify.proxy"], data_dir / "proxy.log", env=environment),
    ):
        wait_until(lambda: httpx.get(health, verify=False).raise_for_status(), "the demo shop", seconds=180)
        yield store, ports
    store.close()
