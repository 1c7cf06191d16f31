"""raw_shop.deleted_keys: which rows of raw the shop no longer has. The rows themselves stay as they were.

Shopify tells of deleted products and orders; not of what goes with a product, and not of variants, stock and
customers that go by themselves: those show when keys are compared (key_comparison.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString

import psycopg
from psycopg import sql

# what the stream `deleted_products` brought; its time is better than that of a comparison that came first
TOLD_PRODUCTS: LiteralString = """
    insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)
    select 'products', id::text, max(deleted_at), 'event'
    from raw_shop.deleted_products
    where id is not null and deleted_at is not null
    group by id
    on conflict (stream, key) do update
    set deleted_at = excluded.deleted_at, found_by = excluded.found_by
    where deleted_keys.found_by <> excluded.found_by
"""
WITH_PARENT: LiteralString = """
    insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)
    select {child_stream}, member.{child_key}::text, max(gone.deleted_at), 'parent'
    from raw_shop.{table} as member
    inner join raw_shop.deleted_keys as gone on gone.stream = {parent_stream} and gone.key = member.{parent_key}::text
    where member.{child_key} is not null
    group by member.{child_key}
    on conflict do nothing
"""
# parent stream, child stream, the table that names both, its column of the parent's key, of the child's
MEMBERS = (
    ("products", "product_variants", "product_variants", "product_id", "id"),
    ("product_variants", "inventory_items", "product_variants", "id", "inventory_item_id"),
    ("inventory_items", "inventory_levels", "inventory_levels", "inventory_item_id", "id"),
)


def mark_told(connection: psycopg.Connection) -> int:
    """Mark what the connector told to be deleted, and what went with it; returns how many keys that were.

    Only of tables that are there: which streams are read is the platform's business.
    """
    marked = 0
    if has_table(connection, "deleted_products"):
        marked += connection.execute(TOLD_PRODUCTS).rowcount
    return marked + mark_members(connection)


def mark_members(connection: psycopg.Connection) -> int:
    """Mark what was part of something deleted; returns how many keys that were."""
    return sum(connection.execute(statement).rowcount for statement in _member_statements(connection))


def mark(connection: psycopg.Connection, stream: str, keys: sql.Composable, found_by: str) -> int:
    """Mark the keys that the query gives, as gone since now; returns how many are new."""
    statement = sql.SQL(
        "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
        " select {}, found.key, now(), {} from ({}) as found on conflict do nothing"
    ).format(sql.Literal(stream), sql.Literal(found_by), keys)
    return connection.execute(statement).rowcount


def kept(connection: psycopg.Connection, stream: str, key: str = "id") -> sql.Composed:
    """The condition that a row of the stream's raw table, called `raw`, stands for something the shop has."""
    not_marked = sql.SQL(
        "not exists (select from raw_shop.deleted_keys as gone where gone.stream = {} and gone.key = raw.{}::text)"
    ).format(sql.Literal(stream), sql.Identifier(key))
    if not has_column(connection, stream, "deleted_at"):
        return not_marked
    return sql.SQL("raw.deleted_at is null and {}").format(not_marked)


def has_table(connection: psycopg.Connection, table: str) -> bool:
    return has_column(connection, table, "_airbyte_raw_id")


def has_column(connection: psycopg.Connection, table: str, column: str) -> bool:
    row = connection.execute(
        "select exists (select from information_schema.columns"
        " where table_schema = 'raw_shop' and table_name = %s and column_name = %s)",
        [table, column],
    ).fetchone()
    return bool(row and row[0])


def _member_statements(connection: psycopg.Connection) -> Iterator[sql.Composed]:
    for parent_stream, child_stream, table, parent_key, child_key in MEMBERS:
        if has_column(connection, table, parent_key) and has_column(connection, table, child_key):
            yield sql.SQL(WITH_PARENT).format(
                parent_stream=sql.Literal(parent_stream),
                child_stream=sql.Literal(child_stream),
                table=sql.Identifier(table),
                parent_key=sql.Identifier(parent_key),
                child_key=sql.Identifier(child_key),
            )
