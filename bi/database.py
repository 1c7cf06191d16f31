"""Reads the marts as the read-only role `reporter`."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg
from psycopg import postgres, sql
from psycopg.rows import dict_row

# asked of Postgres and not of the values, because a table without rows has columns of numbers, too
NUMBERS = {postgres.types[name].oid for name in ("int2", "int4", "int8", "numeric", "float4", "float8")}


class MartsUnavailable(Exception):
    """The marts cannot be read; the text says why and what to do."""


def read(database_url: str, query: sql.SQL | sql.Composed, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
    """The rows of a query; numbers become floats for charts, the cents are exact up to 9e13."""
    try:
        with psycopg.connect(database_url, connect_timeout=5, row_factory=dict_row) as connection:
            cursor = connection.execute(query, parameters)
            columns = cursor.description or []
            rows = cursor.fetchall()
    except psycopg.errors.UndefinedTable as error:
        raise MartsUnavailable("The marts are not built yet: run the daily job in Dagster.") from error
    except psycopg.OperationalError as error:
        raise MartsUnavailable("Postgres does not answer: see `make status`.") from error
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return frame.astype({column.name: float for column in columns if column.type_code in NUMBERS})
