"""The tables of the demo shop's SQLite file: connections, transactions, ids, and how entities are written and read.

An entity is one row: its id, the columns it is filtered and sorted by (times in epoch seconds), and `body`, the
entity itself as JSON.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar, Unpack

import msgspec

from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.model import Checkout, Customer, Discount, Location, Order, Product

SCHEMA = """
create table if not exists products (
    id integer primary key, variant_id integer, inventory_item_id integer,
    created_at integer not null, updated_at integer not null, body blob not null);
create index if not exists products_by_change on products (updated_at, id);
create index if not exists products_by_variant on products (variant_id);
create index if not exists products_by_inventory_item on products (inventory_item_id);
create table if not exists locations (
    id integer primary key, created_at integer not null, updated_at integer not null, body blob not null);
create table if not exists customers (
    id integer primary key, created_at integer not null, updated_at integer not null, body blob not null);
create index if not exists customers_by_change on customers (updated_at, id);
create table if not exists orders (
    id integer primary key, created_at integer not null, updated_at integer not null, body blob not null);
create index if not exists orders_by_change on orders (updated_at, id);
create table if not exists discounts (
    id integer primary key, created_at integer not null, updated_at integer not null, body blob not null);
create table if not exists checkouts (
    id integer primary key, created_at integer not null, updated_at integer not null, body blob not null);
create table if not exists deletions (
    event_id integer primary key, kind text not null,
    subject_id integer not null, deleted_at integer not null);
create table if not exists facts (name text primary key, body blob not null);
create table if not exists ids (kind text primary key, next_id integer not null);
"""

Entity = TypeVar("Entity", Product, Location, Customer, Order, Discount, Checkout)


class Selection(TypedDict, total=False):
    """Which rows to read, and in which order (default: by updated_at).

    Bounds are inclusive. They compare in whole seconds, as Shopify stores times.
    """

    updated_from: datetime | None
    updated_to: datetime | None
    created_from: datetime | None
    created_to: datetime | None
    order_by: Literal["updated_at", "created_at", "id"]
    after: tuple[int, int] | None  # the last row read: (its `order_by` column in epoch seconds or id, its id)
    limit: int
    descending: bool


class Tables:
    """The file at `path`, created when missing. Each thread has a connection of its own.

    In WAL mode many can read while one writes; a writer waits up to 30 seconds for another.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close this thread's connection."""
        self._connection.close()
        del self._local.connection

    def keys(
        self, table: Literal["products", "customers", "orders"], updated_from: datetime | None = None
    ) -> list[tuple[int, datetime, datetime]]:
        """(id, created at, updated at) of the rows changed since, by id, without decoding the entities."""
        rows = self._connection.execute(
            f"select id, created_at, updated_at from {table} where updated_at >= ? order by id",
            (seconds(updated_from) if updated_from else 0,),
        )
        return [(r[0], datetime.fromtimestamp(r[1], UTC), datetime.fromtimestamp(r[2], UTC)) for r in rows]

    @property
    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            self._local.connection = connection
        return connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; inside another one, a part of that one."""
        connection = self._connection
        if connection.in_transaction:
            yield connection
            return
        connection.execute("begin immediate")
        try:
            yield connection
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")

    def new_id(self, kind: str) -> int:
        """The next unused id of a kind (a key of FIRST_IDS). Raises KeyError for an unknown kind."""
        return self.new_ids(kind, 1)[0]

    def new_ids(self, kind: str, count: int) -> range:
        """`count` consecutive unused ids of a kind. Raises KeyError for an unknown kind."""
        with self._transaction() as connection:
            row = connection.execute("select next_id from ids where kind = ?", (kind,)).fetchone()
            first = row[0] if row else FIRST_IDS[kind]
            connection.execute("insert or replace into ids values (?, ?)", (kind, first + count))
        return range(first, first + count)

    def _reserve(self, kind: str, used: Iterable[int]) -> None:
        """Let new ids of the kind begin above those in `used`."""
        self._connection.execute(
            """insert into ids values (?, ?)
               on conflict (kind) do update set next_id = max(next_id, excluded.next_id)""",
            (kind, max(used, default=FIRST_IDS[kind] - 1) + 1),
        )

    def _save(self, target: str, rows: Iterable[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * (target.count(",") + 1))
        with self._transaction() as connection:
            connection.executemany(f"insert or replace into {target} values ({marks})", rows)

    def _one(self, table: str, row_id: int, kind: type[Entity]) -> Entity | None:
        return self._first(f"select body from {table} where id = ?", row_id, kind)

    def _first(self, query: str, argument: int, kind: type[Entity]) -> Entity | None:
        row = self._connection.execute(query, (argument,)).fetchone()
        return msgspec.json.decode(row[0], type=kind) if row else None

    def count(self, table: str, **selection: Unpack[Selection]) -> int:
        """Rows within the selection's bounds."""
        condition, arguments = _where(selection)
        row = self._connection.execute(f"select count(*) from {table} where {condition}", arguments).fetchone()
        return int(row[0])

    def _save_entities(self, table: str, rows: Iterable[tuple[int, datetime, datetime, object]]) -> None:
        """`rows` are (id, created at, updated at, entity)."""
        self._save(
            f"{table} (id, created_at, updated_at, body)",
            ((row_id, seconds(created), seconds(updated), encoded(body)) for row_id, created, updated, body in rows),
        )

    def _many(
        self,
        table: str,
        kind: type[Entity],
        **selection: Unpack[Selection],
    ) -> Iterator[Entity]:
        decoder = msgspec.json.Decoder(kind)
        for (body,) in self._bodies(table, selection):
            yield decoder.decode(body)

    def _bodies(self, table: str, selection: Selection) -> sqlite3.Cursor:
        condition, arguments = _where(selection)
        order_by, direction = selection.get("order_by", "updated_at"), "desc" if selection.get("descending") else "asc"
        return self._connection.execute(
            f"select body from {table} where {condition} order by {order_by} {direction}, id {direction} limit ?",
            (*arguments, selection.get("limit", -1)),
        )


def _where(selection: Selection) -> tuple[str, list[int]]:
    """The selection's bounds and `after` as a condition with its arguments."""
    conditions = ["true"]
    arguments: list[int] = []
    for column, operator, value in (
        ("updated_at", ">=", selection.get("updated_from")),
        ("updated_at", "<=", selection.get("updated_to")),
        ("created_at", ">=", selection.get("created_from")),
        ("created_at", "<=", selection.get("created_to")),
    ):
        if value is not None:
            conditions.append(f"{column} {operator} ?")
            arguments.append(seconds(value))
    if (after := selection.get("after")) is not None:
        operator = "<" if selection.get("descending") else ">"
        conditions.append(f"({selection.get('order_by', 'updated_at')}, id) {operator} (?, ?)")
        arguments.extend(after)
    return " and ".join(conditions), arguments


def encoded(entity: object) -> bytes:
    """An entity as JSON."""
    return msgspec.json.encode(entity)


def seconds(moment: datetime) -> int:
    """Epoch seconds. Fractions are cut off, as Shopify stores none."""
    return int(moment.timestamp())


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)
