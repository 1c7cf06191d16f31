"""Customers of the shop who were erased: their accounts leave raw_shop, their orders stay without them, and no sync
brings them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from msgspec import Raw
from psycopg import sql

from comptoir.setting_types import ShopPlatform
from ingestion.airbyte.scrub import columns_of
from privacy.customer_mapping import CUSTOMER_OF_ORDER
from privacy.subject import Subject
from privacy.suppression import suppression

# stream -> where a record names its customer: `id` of the record itself, or a property that an order keeps without
Persons = Mapping[str, tuple[str, ...]]

ENDED = "select key from raw_shop.deleted_keys where stream = 'customers' and deleted_at < %s"
HISTORY = sql.Identifier("snapshots", "customers_history")

_fields = msgspec.json.Decoder(dict[str, Raw]).decode


class Forgotten:
    """Takes erased customers out of records before they are written."""

    def __init__(self, connection: psycopg.Connection, persons: Persons) -> None:
        """Reads the list once: a sync and an erasure exclude each other."""
        self._persons = persons
        rows = connection.execute("select digest from pii.suppressed").fetchall() if persons else []
        self._digests = {bytes(digest) for (digest,) in rows}
        self._list = suppression()

    def cut(self, stream: str, content: bytes) -> bytes | None:
        """The record as it may be stored: without its customer if that one was erased; None for their account."""
        path = self._persons.get(stream)
        if not path or not self._digests:
            return content
        fields = _fields(content)
        customer = _value(bytes(fields.get(path[0], b"null")), path[1:])
        if customer is None or self._list.digest("customer", customer) not in self._digests:
            return content
        if path == ("id",):
            return None
        return msgspec.json.encode(fields | {path[0]: None})


def _value(content: bytes, path: tuple[str, ...]) -> str | None:
    value = msgspec.json.decode(content)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return str(value) if isinstance(value, int | str) else None


def eraser(persons: Persons, schema: str = "raw_shop") -> Callable[[psycopg.Connection, Subject], dict[str, int]]:
    """The step of an erasure that takes customers out of the shop's raw tables; rows by table."""

    def erase(connection: psycopg.Connection, subject: Subject) -> dict[str, int]:
        return forget(connection, persons, subject.customer_ids, schema)

    return erase


def forget_suppressed(connection: psycopg.Connection, persons: Persons, schema: str = "raw_shop") -> dict[str, int]:
    """The same for every erased customer whom a job of an Airbyte server brought back. Raises psycopg.Error."""
    if not suppression().is_used(connection):
        return {}
    named: set[str] = set()
    for stream, path in persons.items():
        table = sql.Identifier(schema, stream)
        if path[0] in columns_of(connection, table):
            query = sql.SQL("select distinct {} from {}").format(_customer(path), table)
            named |= {customer for (customer,) in connection.execute(query) if customer}
    return forget(connection, persons, suppression().known(connection, "customer", named), schema)


def forget(connection: psycopg.Connection, persons: Persons, customers: Iterable[str], schema: str) -> dict[str, int]:
    """Delete these customers' accounts and empty the customer of their orders, in one transaction; rows by table."""
    counts, numbers = {}, sorted(customers)
    with connection.transaction():
        for stream, path in persons.items():
            table = sql.Identifier(schema, stream)
            if path[0] not in columns_of(connection, table):
                continue
            verb = sql.SQL("delete from {}") if path == ("id",) else sql.SQL("update {} set {} = null")
            statement = verb.format(*([table] if path == ("id",) else [table, sql.Identifier(path[0])]))
            theirs = sql.SQL(" where {} = any({})").format(_customer(path), sql.Literal(numbers))
            if rows := connection.execute(statement + theirs).rowcount:
                counts[f"{schema}.{stream}"] = rows
        deleted = sql.Identifier(schema, "deleted_keys")
        if columns_of(connection, deleted):
            statement = sql.SQL("delete from {} where stream = 'customers' and key = any(%s)").format(deleted)
            if rows := connection.execute(statement, [numbers]).rowcount:
                counts[f"{schema}.deleted_keys"] = rows
    return counts


def end_accounts(connection: psycopg.Connection, shop_platform: ShopPlatform, before: datetime) -> int:
    """Delete the accounts of customers whom the shop deleted before `before`; returns how many.

    Until then staging leaves them out. Pseudonyms and history go too, of those whom no order names. Raises
    psycopg.Error.
    """
    ended = [key for (key,) in connection.execute(ENDED, [before])]
    with connection.transaction():
        connection.execute("delete from raw_shop.customers where id::text = any(%s)", [ended])
        of_nobody = connection.execute(
            "delete from pii.customer_pseudonyms where customer_id::text = any(%s) and not exists"
            f" (select from raw_shop.orders where {CUSTOMER_OF_ORDER[shop_platform]} = customer_pseudonyms.customer_id)"
            " returning customer_pseudonym".encode(),
            [ended],
        ).fetchall()
        # of those with clicks the names in clicks stay as long as these
        connection.execute(
            "delete from pii.click_pseudonyms where customer_pseudonym = any(%s) and seen_at is null",
            [[name for (name,) in of_nobody]],
        )
        if columns_of(connection, HISTORY):
            statement = sql.SQL("delete from {} where customer_pseudonym = any(%s)").format(HISTORY)
            connection.execute(statement, [[name for (name,) in of_nobody]])
        connection.execute("delete from raw_shop.deleted_keys where stream = 'customers' and key = any(%s)", [ended])
    return len(ended)


def rows_of_customers(
    connection: psycopg.Connection, persons: Persons, customers: Iterable[str], schema: str = "raw_shop"
) -> dict[str, list[dict[str, Any]]]:
    """Table -> the customers' rows in the shop's raw tables, for an export. Raises psycopg.Error."""
    found, numbers = {}, list(customers)
    for stream, path in persons.items():
        table = sql.Identifier(schema, stream)
        if path[0] in columns_of(connection, table):
            query = sql.SQL("select to_jsonb(t) from {} as t where {} = any({})")
            rows = connection.execute(query.format(table, _customer(path), sql.Literal(numbers)))
            if listed := [row for (row,) in rows]:
                found[f"{schema}.{stream}"] = listed
    return found


def _customer(path: tuple[str, ...]) -> sql.Composable:
    column: sql.Composable = sql.Identifier(path[0])
    if len(path) > 1:
        return sql.SQL("({} ->> {})").format(column, sql.Literal(path[1]))
    return sql.SQL("{}::text").format(column)
