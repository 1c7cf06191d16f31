"""Customers planted in the small shop with everything they leave behind, and a search for it in every byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import re2
from psycopg import sql

from benchmarks.support.clicks import event
from benchmarks.support.events import wire
from ingestion.clickstream.archive import archive_old_days
from privacy.customer_mapping import map_customers
from privacy.pseudonym import pseudonym
from tests.support.landing import execute, land_values
from tests.support.streams import Stream
from tests.support.warehouse_fixtures import PSEUDONYM_KEY, insert, make_order

SHARED = "tablet-in-the-shop"  # used by all of them
LONG_AGO = datetime.now(UTC) - timedelta(days=30)  # archived
CONSENT = {"consent": {"analytics": True, "personalisation": True}}


@dataclass(frozen=True)
class Planted:
    """One customer: what they have everywhere is made from `number`."""

    number: int

    @property
    def customer_id(self) -> int:
        """The shop's number."""
        return 9_100_000_000_000 + 7 * self.number

    @property
    def pseudonym(self) -> str:
        """The customer's name after raw."""
        return pseudonym(str(self.customer_id), PSEUDONYM_KEY)

    @property
    def devices(self) -> tuple[str, str, str]:
        """Phone, laptop, and a browser of which only archived days know."""
        return f"phone-of-{self.number}-planted", f"laptop-of-{self.number}-planted", f"old-of-{self.number}-planted"

    @property
    def order_id(self) -> int:
        """Their order, which stays."""
        return 700 + self.number

    @property
    def identifiers(self) -> list[str]:
        """What must be found nowhere after their erasure."""
        typed = [f"gift for aunt {self.number} planted", f"engraving-{self.number}-planted"]
        review = f"my {self.number} planted words about it"
        return [str(self.customer_id), self.pseudonym, *self.devices, review, *typed]

    def values(self) -> list[bytes]:
        """Their events as records of the clicks topic: three devices, the shared one, the shop's server."""
        phone, laptop, old = self.devices
        at = datetime.now(UTC) - timedelta(days=2)

        def sent(number: str, visitor: str, when: datetime = at, **changes: Any) -> bytes:
            times = dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), when)
            context = CONSENT | {"sessionId": f"session-{visitor}", "page": {"path": f"/of/{visitor}"}}
            made = {"messageId": f"{self.number}-{number}", "anonymousId": visitor, "context": context}
            return wire(**(made | times | changes))

        named: dict[str, Any] = {"userId": self.pseudonym}
        ordered = {"order_id": str(self.order_id), "currency": "EUR", "products": [{"product_id": "1", "quantity": 1}]}
        search: dict[str, Any] = {
            "event": "Products Searched",
            "properties": {"query": self.identifiers[-2], "results": 3},
        }
        reviewed = {"event": "Product Reviewed", "properties": {"product_id": "1", "name": self.identifiers[-3]}}
        return [
            sent("1", phone),
            sent("2", phone, **search),
            sent("3", phone, **named, **reviewed),
            # the browser that ordered never signed in
            sent("4", laptop, event="Order Completed", properties=ordered),
            sent("5", SHARED, **named),
            sent("6", SHARED, **named, **search),
            sent("7", self.pseudonym, **named),
            sent("8", old, LONG_AGO, **named),
            sent("9", old, LONG_AGO, **search),
            # a repeat with another payload
            sent("1", phone, properties={"product_id": "1", "name": self.identifiers[-1]}),
            f'{{"anonymousId": "{phone}", "broken": '.encode(),
        ]


def plant(database_url: str, archive: Path, people: Sequence[Planted]) -> list[bytes]:
    """Put them into raw, archive and serving of a small shop; returns their records, from offset 0."""
    with psycopg.connect(database_url) as connection:
        for person in people:
            insert(
                connection,
                "raw_shop.customers",
                id=person.customer_id,
                default_address={"country_code": "FR"},
                email_marketing_consent={"state": "SUBSCRIBED"},
                created_at="2026-01-05T10:00:00Z",
                updated_at="2026-01-05T10:00:00Z",
            )
            insert(connection, "raw_shop.orders", **order_of(person))
            deleted = [str(person.customer_id), datetime.now(UTC)]
            if person.number % 3 == 1:  # whom the shop has deleted already
                connection.execute(
                    "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
                    " values ('customers', %s, %s, 'keys')",
                    deleted,
                )
    map_customers(database_url, PSEUDONYM_KEY)
    values = [value for person in people for value in person.values()]
    land_values(database_url, values)
    archive_old_days(database_url, archive, live_days=20)
    stream = Stream(database_url)
    stream.apply([event(p, n, visitor_id=person.devices[0]) for person in people for n, p in enumerate("abc")])
    stream.connection.close()
    sample = "insert into ops.failed_rows (gate, rule, table_name, row_data, run_id) values ('raw', 'r', 't', %s, 'x')"
    for person in people:
        execute(database_url, sample, f'{{"visitor": "{person.devices[0]}"}}')
        execute(
            database_url,
            "insert into serving.visitor_persons values (%s, %s), (%s, %s)",
            person.devices[0], person.pseudonym, SHARED, person.pseudonym,
        )  # fmt: skip
    return values


def order_of(person: Planted) -> dict[str, Any]:
    """Their order as the shop sends it, again at every sync."""
    at = "2026-04-10T10:00:00Z"
    return make_order(person.order_id, at, [(person.order_id * 10, 1, 1, "0.00")], customer_id=person.customer_id) | {
        "email": None
    }


def found(database_url: str, folder: Path, words: Iterable[str]) -> list[tuple[str, str]]:
    """(place, word): every table of every schema, as text and as bytes, and every file below the folder."""
    by_spelling = {spelling: word for word in words for spelling in (word, word.encode().hex())}  # as bytea is shown
    options = re2.Options()
    options.max_mem = 1 << 30  # for some thousand words
    pattern = re2.compile("|".join(map(re2.escape, by_spelling)), options)
    hits: set[tuple[str, str]] = set()
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for table in tables:
            rows = connection.execute(sql.SQL("select t::text from {} as t").format(sql.Identifier(*table)))
            hits |= {(".".join(table), by_spelling[match]) for (row,) in rows for match in pattern.findall(row)}
    for file in filter(Path.is_file, folder.rglob("*")):
        is_table = file.suffix == ".parquet"  # compressed
        content = str(pq.read_table(file).to_pylist()) if is_table else file.read_bytes().decode("latin1")
        hits |= {("archive" if is_table else file.name, by_spelling[match]) for match in pattern.findall(content)}
    return sorted(hits)
