"""raw_shop.deleted_keys: which raw rows the shop no longer has. The rows themselves stay as they were.

Shopify reports deleted products and orders. It reports neither what is deleted with a product, nor variants, stock
and customers deleted on their own: those are found when keys are compared (keys.py). Every function here raises
psycopg.Error when Postgres fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString

import psycopg
from psycopg import sql

# from the stream `deleted_products`; its time is more exact than that of a comparison that came first
REPORTED_PRODUCTS: LiteralString = """
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
    select {child_stream}, child.{child_key}::text, max(gone.deleted_at), 'parent'
    from raw_shop.{table} as child
    inner join raw_shop.deleted_keys as gone on gone.stream = {parent_stream} and gone.key = child.{parent_key}::text
    where child.{child_key} is not null
    group by child.{child_key}
    on conflict do nothing
"""
# parent stream, child stream, the table with both keys, its column of the parent's key, its column of the child's key
CHILDREN = (
    ("products", "product_variants", "product_variants", "product_id", "id"),
    ("product_variants", "inventory_items", "product_variants", "id", "inventory_item_id"),
    ("inventory_items", "inventory_levels", "inventory_levels", "inventory_item_id", "id"),
)


def mark_reported_deletions(connection: psycopg.Connection) -> int:
    """Mark what the connector reported as deleted, and its children; returns the number of keys marked.

    Only in tables that exist: which streams are read depends on the platform.
    """
    marked = 0
    if has_table(connection, "deleted_products"):
        marked += connection.execute(REPORTED_PRODUCTS).rowcount
    return marked + mark_children(connection)


def mark_children(connection: psycopg.Connection) -> int:
    """Mark what was part of something deleted; returns the number of keys marked."""
    return sum(connection.execute(statement).rowcount for statement in _child_statements(connection))


def mark(connection: psycopg.Connection, stream: str, keys: sql.Composable, found_by: str) -> int:
    """Mark the keys of the query `keys` (one column, `key`) as deleted now; returns how many were not marked before."""
    statement = sql.SQL(
        "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
        " select {}, found.key, now(), {} from ({}) as found on conflict do nothing"
    ).format(sql.Literal(stream), sql.Literal(found_by), keys)
    return connection.execute(statement).rowcount


def not_deleted(connection: psycopg.Connection, stream: str, key: str = "id") -> sql.Composed:
    """The SQL condition that a row of the stream's raw table, aliased `raw`, is not deleted in the shop."""
    not_marked = sql.SQL(
        "not exists (select from raw_shop.deleted_keys as gone where gone.stream = {} and gone.key = raw.{}::text)"
    ).format(sql.Literal(stream), sql.Identifier(key))
    if not has_column(connection, stream, "deleted_at"):
        return not_marked
    return sql.SQL("raw.deleted_at is null and {}").format(not_marked)


def has_table(connection: psycopg.Connection, table: str) -> bool:
    """Whether raw_shop has this table of a connector."""
    return has_column(connection, table, "_airbyte_raw_id")


def has_column(connection: psycopg.Connection, table: str, column: str) -> bool:
    """Whether the table of raw_shop exists and has this column."""
    row = connection.execute(
        "select exists (select from information_schema.columns"
        " where table_schema = 'raw_shop' and table_name = %s and column_name = %s)",
        [table, column],
    ).fetchone()
    return bool(row and row[0])


def _child_statements(connection: psycopg.Connection) -> Iterator[sql.Composed]:
    for parent_stream, child_stream, table, parent_key, child_key in CHILDREN:
        if has_column(connection, table, parent_key) and has_column(connection, table, child_key):
            yield sql.SQL(WITH_PARENT).format(
                parent_stream=sql.Literal(parent_stream),
                child_stream=sql.Literal(child_stream),
                table=sql.Identifier(table),
                parent_key=sql.Identifier(parent_key),
                child_key=sql.Identifier(child_key),
            )
