"""Collector and lander against bare versions of themselves, in one run on one machine (about four minutes)."""

from __future__ import annotations

import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from msgspec import json

from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores, fresh_stores
from benchmarks.hostile import decode_figure, slow_connections_figure
from benchmarks.http_load import Load, as_fast_as_possible, at_rate, post
from benchmarks.landing import lander_figures
from benchmarks.support.servers import stopped_at_exit
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from local.ports import find_free_port
from local.waiting import wait_until

WRITE_KEY = "bench"
SINGLE_REQUESTS, BATCH_REQUESTS = 12_000, 2_000
BATCH_EVENTS = 20  # what Segment's clients collect before they send
CONNECTIONS = 64
ROUNDS = 3


def measure() -> list[Figure]:
    """Every figure of the family `clickstream`."""
    with fresh_stores() as stores:
        return [*_collector_figures(stores), *lander_figures(stores, produced_event)]


def client_event() -> dict[str, Any]:
    """A Product Viewed event of ordinary size, about 900 bytes with its context."""
    return {
        "messageId": str(uuid.uuid4()),
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": f"visitor-{uuid.uuid4().hex[:4]}",
        "originalTimestamp": datetime.now(UTC),
        "context": {
            "sessionId": "5f8ae9a2c1",
            "page": {"path": "/p/8001", "url": "https://shop.test/p/8001", "referrer": "", "title": "Headphones"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0",
            "locale": "fr-FR",
            "device": {"type": "desktop"},
            "consent": {"analytics": True, "personalisation": True},
            "library": {"name": "comptoir-tracker", "version": "1"},
        },
        "properties": {
            "product_id": "8001234",
            "sku": "HP-1",
            "category": "Headphones",
            "name": "Over-ear headphones",
            "brand": "Aurora",
            "price": 99.5,
            "currency": "EUR",
            "quantity": 1,
        },
    }


def _requests(count: int, events: int) -> list[bytes]:
    return [
        post("/v1/batch", json.encode({"batch": [client_event() for _ in range(events)], "writeKey": WRITE_KEY}))
        for _ in range(count)
    ]


def _collector_figures(stores: Stores) -> list[Figure]:
    """Our collector and the bare one in turns; then two of ours, one per core, as behind a load balancer."""
    loads: dict[tuple[str, str], Load] = {}
    with _bare_collector(stores) as bare, _collector(stores, "one") as first, _collector(stores, "two") as second:
        faces = {"bare": [bare], "ours": [first], "two": [first, second]}
        for name, count, events in (("single", SINGLE_REQUESTS, 1), ("batch", BATCH_REQUESTS, BATCH_EVENTS)):
            for ports in faces.values():
                as_fast_as_possible(ports, _requests(count // 10, events), CONNECTIONS)  # warm up
            for face, ports in faces.items():
                rounds = [as_fast_as_possible(ports, _requests(count, events), CONNECTIONS) for _ in range(ROUNDS)]
                loads[name, face] = sorted(rounds, key=lambda load: load.per_second)[ROUNDS // 2]
        acks = [
            at_rate(port, _requests(5_000, 1), 1_000, CONNECTIONS).percentile(0.99) * 1000 for port in (first, bare)
        ]
        slow_connections = slow_connections_figure(first, _requests(10_000, 1), CONNECTIONS)
    single = {face: loads["single", face].per_second for face in faces}
    batch = {face: loads["batch", face].per_second * BATCH_EVENTS for face in faces}
    note = f"median of {ROUNDS}; baseline: one bare ASGI process that passes the events to Kafka unchanged"
    return [
        Figure("collector, one event a request", "requests/s", single["ours"], single["bare"], 0.8, target_on="ratio",
               note=note + "; 6,000/s expected on an idle machine"),
        Figure("two collectors, one event a request", "requests/s", single["two"], single["bare"], 6_000, note=note),
        Figure(f"collector, batches of {BATCH_EVENTS}", "events/s", batch["ours"], batch["bare"], 25_000, note=note),
        Figure(f"two collectors, batches of {BATCH_EVENTS}", "events/s", batch["two"], batch["bare"], 25_000,
               note=note),
        Figure("collector, p99 to the acknowledgement at 1,000 events/s", "ms", acks[0], acks[1], 25, "at_most"),
        slow_connections,
        decode_figure(),
    ]  # fmt: skip


def produced_event() -> bytes:
    """The bytes of a valid record of the clicks topic, with a new id."""
    now = datetime.now(UTC)
    times = {"originalTimestamp": now, "sentAt": now, "receivedAt": now, "timestamp": now}
    return json.encode(client_event() | times | {"schemaVersion": 1})


@contextmanager
def _collector(stores: Stores, name: str) -> Iterator[int]:
    port = find_free_port()
    environment = {
        "COMPTOIR_KAFKA_BOOTSTRAP": stores.kafka,
        "COMPTOIR_COLLECTOR_PORT": str(port),
        "COMPTOIR_WRITE_KEY": WRITE_KEY,
        "COMPTOIR_CLICKS_TOPIC": stores.create_topic(f"bench.clicks.{name}"),
        "COMPTOIR_CLICKS_BAD_TOPIC": stores.create_topic(f"bench.clicks.{name}.bad"),
    }
    with _served([sys.executable, "-m", "collector"], f"http://127.0.0.1:{port}/ready", environment):
        yield port


@contextmanager
def _bare_collector(stores: Stores) -> Iterator[int]:
    port = find_free_port()
    arguments = [stores.kafka, stores.create_topic("bench.bare"), str(port)]
    command = [sys.executable, "-m", "benchmarks.bare_collector", *arguments]
    with _served(command, f"http://127.0.0.1:{port}/", {}):
        yield port


@contextmanager
def _served(command: list[str], url: str, environment: dict[str, str]) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        options = {"cwd": REPOSITORY, "env": child_environment(environment)}
        with stopped_at_exit(command, Path(folder) / "log", **options):
            wait_until(lambda: httpx.get(url).raise_for_status(), command[2], seconds=30)
            yield
