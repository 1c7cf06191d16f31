"""A collector served over real HTTP from a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from collector.app import Collector
from collector.config import CollectorConfig
from comptoir.http_server import bounds
from local.waiting import wait_until

ORIGIN = "http://shop.test"
WRITE_KEY = "test-key"
PSEUDONYM_KEY = "secret"


@contextmanager
def collecting(bootstrap: str, topic: str, bad_topic: str, **options: Any) -> Iterator[httpx.Client]:
    """An HTTP client, with the write key, of a collector that sends to Kafka; it may still be connecting."""
    config = CollectorConfig(bootstrap, topic, bad_topic, WRITE_KEY, PSEUDONYM_KEY, frozenset({ORIGIN}), **options)
    with serving(Collector(config)) as client:
        yield client


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[httpx.Client]:
    """An HTTP client, with the write key, of this collector, which runs until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", **bounds()))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.servers[0].sockets[0], "the collector", seconds=60, every=0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=(WRITE_KEY, ""), timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)


def wait_for_kafka(client: httpx.Client) -> None:
    """Wait until the collector reports that it is connected. Raises TimeoutError after 60 seconds."""
    wait_until(lambda: client.get("/ready").raise_for_status(), "the collector's Kafka", seconds=60, every=0.02)
