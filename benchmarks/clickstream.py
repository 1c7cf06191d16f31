"""Collector and lander beside the barest thing that does their work, in one run on one machine (about four minutes)."""

from __future__ import annotations

import os
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
from benchmarks.http_load import Load, as_fast_as_possible, at_rate, post
from benchmarks.landing import lander_figures
from benchmarks.services import Services, measuring_services
from comptoir.settings import REPOSITORY
from local.ports import find_free_port
from local.waiting import wait_until
from tests.servers import stopped_at_exit

WRITE_KEY = "bench"
SINGLE_REQUESTS, BATCH_REQUESTS, BATCH_EVENTS = 12_000, 3_000, 10
CONNECTIONS = 64


def measure() -> list[Figure]:
    """Every figure of the family `clickstream`."""
    with measuring_services() as services:
        return [*_collector_figures(services), *lander_figures(services, produced_event)]


def client_event() -> dict[str, Any]:
    """A Product Viewed of ordinary size, about 900 bytes with its context."""
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


def _collector_figures(services: Services) -> list[Figure]:
    loads: dict[str, tuple[Load, Load]] = {}
    with _collector(services) as ours, _bare_collector(services) as bare:
        for name, count, events in (("single", SINGLE_REQUESTS, 1), ("batch", BATCH_REQUESTS, BATCH_EVENTS)):
            for port in (bare, ours):
                as_fast_as_possible(port, _requests(count // 10, events), CONNECTIONS)  # warm
            baseline, value = (
                as_fast_as_possible(port, _requests(count, events), CONNECTIONS) for port in (bare, ours)
            )
            loads[name] = value, baseline
        paced = [at_rate(port, _requests(5_000, 1), 1_000, CONNECTIONS) for port in (ours, bare)]
    single, batch = loads["single"], loads["batch"]
    batched = [load.per_second * BATCH_EVENTS for load in batch]
    acks = [load.percentile(0.99) * 1000 for load in paced]
    return [
        Figure(
            "collector, one event a request",
            "requests/s",
            single[0].per_second,
            single[1].per_second,
            0.8,
            target_on="ratio",
            note="baseline: bare ASGI that hands the events to Kafka as they came; 6,000/s wanted on an idle machine",
        ),
        Figure(f"collector, batches of {BATCH_EVENTS}", "events/s", batched[0], batched[1], 25_000),
        Figure("collector, p99 to the acknowledgement at 1,000 events/s", "ms", acks[0], acks[1], 25, "at_most"),
    ]


def produced_event() -> bytes:
    """The bytes of a record of the clicks topic."""
    now = datetime.now(UTC)
    times = {"originalTimestamp": now, "sentAt": now, "receivedAt": now, "timestamp": now}
    return json.encode(client_event() | times | {"schemaVersion": 1})


@contextmanager
def _collector(services: Services) -> Iterator[int]:
    port = find_free_port()
    environment = {
        "COMPTOIR_KAFKA_BOOTSTRAP": services.kafka,
        "COMPTOIR_COLLECTOR_PORT": str(port),
        "COMPTOIR_WRITE_KEY": WRITE_KEY,
        "COMPTOIR_CLICKS_TOPIC": services.create_topic("bench.clicks"),
        "COMPTOIR_CLICKS_BAD_TOPIC": services.create_topic("bench.clicks.bad"),
    }
    with _served([sys.executable, "-m", "storefront.collector"], f"http://127.0.0.1:{port}/ready", environment):
        yield port


@contextmanager
def _bare_collector(services: Services) -> Iterator[int]:
    port = find_free_port()
    arguments = [services.kafka, services.create_topic("bench.bare"), str(port)]
    command = [sys.executable, "-m", "benchmarks.bare_collector", *arguments]
    with _served(command, f"http://127.0.0.1:{port}/", {}):
        yield port


@contextmanager
def _served(command: list[str], url: str, environment: dict[str, str]) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        options = {"cwd": REPOSITORY, "env": os.environ | environment}
        with stopped_at_exit(command, Path(folder) / "log", **options):
            wait_until(lambda: httpx.get(url).raise_for_status(), command[2], seconds=30)
            yield
