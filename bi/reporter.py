"""Reads the marts as the read-only role `reporter`: data frames for the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import pandas as pd
import psycopg
from psycopg import postgres, sql
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

# by the column types that Postgres reports, not by the values: a table without rows has numeric columns, too
NUMBERS = {postgres.types[name].oid for name in ("int2", "int4", "int8", "numeric", "float4", "float8")}

LONGEST = 60_000  # milliseconds of a query
CONNECTIONS = 20  # at most; more queries at once wait for each other
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 60.0  # after which a connection that nobody needs is closed
_pools: dict[str, ConnectionPool] = {}  # by the database's URL
_pools_lock = Lock()


class MartsUnavailable(Exception):
    """The marts cannot be read; the message says why and what to do."""


def text_of(statement: sql.Composable | str) -> str:
    """Return the text of a query."""
    return statement if isinstance(statement, str) else statement.as_string(None)


def used_in(text: str, parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the parameters that the query names."""
    return {name: value for name, value in (parameters or {}).items() if f"%({name})s" in text}


def read_marts(
    database_url: str, statement: sql.Composable | str, parameters: Mapping[str, Any] | None = None, /
) -> pd.DataFrame:
    """Run a query with those of its parameters that it names; see `read_frame`. Raises MartsUnavailable."""
    text = text_of(statement)
    return read_frame(database_url, sql.SQL(text), used_in(text, parameters))


def read_frame(
    database_url: str, query: sql.SQL | sql.Composed, parameters: dict[str, Any] | None = None
) -> pd.DataFrame:
    """Run a query and return its rows; numbers become floats for charts, with exact cents up to 9e13.

    Raises MartsUnavailable when a table is missing, the query takes too long, or Postgres does not answer.
    """
    try:
        with _pool(database_url).connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(query, parameters)
            columns = cursor.description or []
            rows = cursor.fetchall()
    except psycopg.errors.UndefinedTable as error:
        raise MartsUnavailable("The marts are not built yet: run the daily job in Dagster.") from error
    except psycopg.errors.QueryCanceled as error:
        raise MartsUnavailable("The query took longer than a minute: choose fewer days.") from error
    except psycopg.OperationalError as error:
        raise MartsUnavailable("Postgres does not answer: see `make status`.") from error
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return frame.astype({column.name: float for column in columns if column.type_code in NUMBERS})


def disconnect() -> None:
    """Close the connections that are kept; the next query opens others. While one is open no database can be copied."""
    with _pools_lock:
        while _pools:
            _pools.popitem()[1].close()


def _pool(database_url: str) -> ConnectionPool:
    """Connections that stay open between the queries of a page: to log in takes longer than most of them."""
    with _pools_lock:
        if database_url not in _pools:
            _pools[database_url] = _new_pool(database_url)
        return _pools[database_url]


def _new_pool(database_url: str) -> ConnectionPool:
    return ConnectionPool(
        database_url,
        min_size=0,
        max_size=CONNECTIONS,
        timeout=CONNECT_SECONDS,
        max_idle=IDLE_SECONDS,
        check=ConnectionPool.check_connection,
        kwargs={"autocommit": True, "options": f"-c statement_timeout={LONGEST}"},
        open=True,
    )
