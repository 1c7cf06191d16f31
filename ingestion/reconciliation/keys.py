"""Compares every key the shop lists with every key in raw: finds missing and outdated rows and silent deletions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import psycopg
from psycopg import sql

from ingestion.reconciliation.census import ListedKey, ListedStream, ShopCensus
from ingestion.reconciliation.deleted_keys import has_table, mark, not_deleted
from ingestion.reconciliation.findings import Finding, Window
from privacy.suppression import suppression

MEASURE = "keys"
FEW = 10  # this many may be missing whatever the share

LISTED = "create temp table listed_keys (key text not null, updated_at timestamptz not null) on commit drop"
MISSING = """
    select count(*), min(listed.updated_at)
    from listed_keys as listed
    where
        listed.updated_at between {start} and {until}
        and not exists (
            select from raw_shop.{table} as raw
            where raw.{key}::text = listed.key and raw.updated_at >= listed.updated_at
        )
"""
GONE = """
    select distinct raw.{key}::text as key
    from raw_shop.{table} as raw
    where
        raw.{key} is not null
        and {not_deleted}
        and {is_visible}
        and not exists (select from listed_keys as listed where listed.key = raw.{key}::text)
"""


def compare_keys(
    connection: psycopg.Connection,
    census: ShopCensus,
    stream: ListedStream,
    window: Window,
    visible_since: datetime | None = None,
    deleted_share_limit: float = 0.5,
) -> tuple[Finding, int]:
    """The finding for a stream, and how many of its keys were newly marked as deleted.

    The shop does not show us what was created before `visible_since`. When the shop's list lacks more than
    `deleted_share_limit` (0 to 1) of raw's keys, the list is probably wrong: no key is marked and the finding says so.
    Raises IngestionError when the shop does not answer, psycopg.Error when Postgres fails; then nothing is marked.
    """
    if not has_table(connection, stream.stream):
        return Finding(
            stream.stream, MEASURE, message=f"table raw_shop.{stream.stream} does not exist: no sync has read it"
        ), 0
    with connection.transaction():
        connection.execute(LISTED)
        keys = _not_erased(connection, stream.stream, census.keys(stream.stream))
        with connection.cursor().copy("copy listed_keys from stdin") as copy:
            for listed in keys:
                copy.write_row((listed.key, listed.updated_at))
        connection.execute("create index on listed_keys (key)")
        connection.execute("analyze listed_keys")
        parts = {
            "table": sql.Identifier(stream.stream),
            "key": sql.Identifier(stream.key),
            "not_deleted": not_deleted(connection, stream.stream, stream.key),
            "is_visible": sql.SQL("raw.created_at >= {}").format(sql.Literal(visible_since))
            if visible_since
            else sql.SQL("true"),
            "start": sql.Literal(window.start),
            "until": sql.Literal(window.until),
        }
        listed_count = _number(connection, sql.SQL("select count(*) from listed_keys"))
        known = sql.SQL("select count(*) from raw_shop.{table} as raw where {not_deleted} and {is_visible}").format(
            **parts
        )
        raw_count = _number(connection, known)
        gone = sql.SQL(GONE).format(**parts)
        gone_count = _number(connection, sql.SQL("select count(*) from ({}) as gone").format(gone))
        finding = Finding(stream.stream, MEASURE, listed_count, raw_count)
        if gone_count > max(FEW, deleted_share_limit * raw_count):
            message = (
                f"the shop does not list {gone_count} of {raw_count} keys of raw_shop.{stream.stream}, too many to "
                "believe; if they really were deleted, set COMPTOIR_DELETED_SHARE_LIMIT=1 for one run"
            )
            return replace(finding, message=message), 0
        _unmark(connection, stream)
        missing_count, resync_since = _missing(connection, stream, sql.SQL(MISSING).format(**parts))
        marked = mark(connection, stream.stream, gone, MEASURE)
    message = (
        f"{missing_count} of {listed_count} {stream.stream} are missing or outdated in raw" if missing_count else ""
    )
    return replace(finding, resync_since=resync_since, message=message), marked


def _not_erased(connection: psycopg.Connection, stream: str, listed: Iterable[ListedKey]) -> Iterable[ListedKey]:
    """Without customers who were erased here: the shop still has them, raw must not."""
    if stream != "customers" or not suppression().is_used(connection):
        return listed
    every = list(listed)
    erased = suppression().known(connection, "customer", [one.key for one in every])
    return [one for one in every if one.key not in erased]


def _missing(connection: psycopg.Connection, stream: ListedStream, query: sql.Composed) -> tuple[int, datetime | None]:
    row = connection.execute(query).fetchone() if stream.must_be_complete else None
    return (row[0], row[1]) if row else (0, None)


def _unmark(connection: psycopg.Connection, stream: ListedStream) -> None:
    """A key that is listed was not deleted, or came back."""
    connection.execute(
        "delete from raw_shop.deleted_keys as gone using listed_keys as listed"
        " where gone.stream = %s and gone.key = listed.key",
        [stream.stream],
    )


def _number(connection: psycopg.Connection, query: sql.SQL | sql.Composed) -> int:
    row = connection.execute(query).fetchone()
    return row[0] if row else 0
