"""Rows of raw_clickstream.events that landed when the contract had no limits yet: long texts, odd numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import psycopg

from benchmarks.support.extreme_events import SCRIPTS
from tests.support.warehouse_fixtures import insert, make_event


def insert_older_events(database_url: str) -> int:
    """Write them; returns how many there are."""
    rows = list(_older_rows())
    with psycopg.connect(database_url) as connection:
        connection.execute("select raw_clickstream.add_day('2026-10-01')")
        for row in rows:
            insert(connection, "raw_clickstream.events", **row)
    return len(rows)


def _long_text(length: int = 4_000) -> str:
    """Text that Postgres cannot compress into a row of an index."""
    return "".join(map(chr, random.Random(length).choices(range(*SCRIPTS[-2]), k=length)))


def _older_rows() -> Iterator[dict[str, Any]]:
    long = _long_text()
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
    for visitor in range(5):  # as many as make a page they began on common, and so a key of a mart
        event_id = f"landing-{visitor}"
        yield make_event(event_id, event_id, "Product Viewed", "2026-10-01T12:00:00Z", product_id="1") | {
            "context": {"page": {"url": f"https://shop.test/{long}", "path": f"/{long}"}}
        }
