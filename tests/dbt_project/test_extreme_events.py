"""Nothing a visitor may send stops the marts: events at the limits of the contract, and rows from before it had any."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import json

from benchmarks.support.events import NOW
from benchmarks.support.extreme_events import SCRIPTS, extreme_events
from collector.enrichment import EnrichedEvent, Sender, enrich_event
from tests.support.landing import land_values
from tests.support.warehouse_fixtures import (
    build_marts,
    build_staging,
    insert,
    make_event,
    make_small_shop,
    query,
    small_orders,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

EVENTS = 500


def accepted(seed: int) -> Iterator[bytes]:
    """Records of the clicks topic; every third order in them is one that the shop has."""
    known = [str(order["id"]) for order in small_orders()]
    for number, event in enumerate(extreme_events(seed, EVENTS)):
        properties = event.get("properties") or {}
        if number % 3 == 0 and "order_id" in properties:
            properties["order_id"] = known[number % len(known)]
        enriched = enrich_event(json.encode(event), Sender(received_at=NOW), "key")
        assert isinstance(enriched, EnrichedEvent)
        yield enriched.value


def long_text(length: int = 4_000) -> str:
    """Text that Postgres cannot compress into a row of an index."""
    return "".join(map(chr, random.Random(length).choices(range(*SCRIPTS[-2]), k=length)))


def older_rows() -> Iterator[dict[str, Any]]:
    """Rows that landed when the contract had no limits yet."""
    long = long_text()
    numbers: list[Any] = [3_000_000_000, -1, 0, 10**30, "1e400", "9" * 5_000, "0." + "1" * 20_000, "12,99", True, [1]]
    for n, number in enumerate(numbers):
        product = {"product_id": "1", "position": number, "quantity": number, "price": number}
        for name in ("Products Searched", "Product Clicked", "Order Completed", "Recommendations Viewed"):
            yield make_event(
                f"old-{n}-{name}", "old", name, "2026-10-01T10:00:00Z", results=number, recommendation={"rank": number},
                products=[product, number, None, "x"], order_id="1", slot=long, **(product | {"product_id": str(n)}),
            )  # fmt: skip
    long_product = {"product_id": long, "source": long}
    for name in ("Product Viewed", "Order Completed", "Recommendations Viewed", "x" + long):
        yield make_event(
            f"{name[:40]} {long}", long, name, "2026-10-01T11:00:00Z", user_id=long, product_id=long, order_id=long,
            products=[long_product], currency=long, category=long, slot=long, arm=long, model_version=long,
        ) | {
            "session_id": long,
            "context": {"device": {"type": long}, "locale": long, "campaign": dict.fromkeys(("source", "name"), long),
                        "page": {"url": f"https://{long}/", "referrer": f"https://x{long}/", "path": long}},
        }  # fmt: skip


def build(url: str, target: Path) -> None:
    for step in (build_staging, build_marts):
        outcome = step(url, target)
        assert outcome.returncode == 0, outcome.stdout


def test_no_accepted_event_fails_a_model(make_database: Callable[[], str], tmp_path: Path) -> None:
    url = make_database()
    make_small_shop(url)
    assert land_values(url, accepted(1)).events == EVENTS
    build(url, tmp_path)
    # and as an increment, with what landed before there were bounds
    assert land_values(url, accepted(2), first_offset=EVENTS).events == EVENTS
    with psycopg.connect(url) as connection:
        for row in older_rows():
            connection.execute("select raw_clickstream.add_day('2026-10-01')")
            insert(connection, "raw_clickstream.events", **row)
    build(url, tmp_path)

    [(staged, with_results, first_places)] = query(
        url,
        """
        select count(*), count(results_count), count(*) filter (where list_position = 0)
        from staging.stg_clickstream__events
        """,
    )
    assert staged == 2 * EVENTS + len(list(older_rows())) + 10  # the small shop's own
    assert with_results > 10 and first_places > 10
    [(searches, longest)] = query(url, "select count(*), max(length(search_query)) from marts.fct_searches")
    assert searches > EVENTS // 20 and longest == 1_000
