"""Reads the marts as the read-only role `reporter`."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg
from psycopg import sql
from psycopg.rows import dict_row


class MartsUnavailable(Exception):
    """The marts cannot be read; the text says why and what to do."""


def read(database_url: str, query: sql.SQL | sql.Composed, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
    """The rows of a query; numbers become floats for charts, the cents are exact up to 9e13."""
    try:
        with psycopg.connect(database_url, connect_timeout=5, row_factory=dict_row) as connection:
            cursor = connection.execute(query, parameters)
            names = [column.name for column in cursor.description or ()]
            rows = cursor.fetchall()
    except psycopg.errors.UndefinedTable as error:
        raise MartsUnavailable("The marts are not built yet: run the daily job in Dagster.") from error
    except psycopg.OperationalError as error:
        raise MartsUnavailable("Postgres does not answer: see `make status`.") from error
    frame = pd.DataFrame(rows, columns=names)
    for name in names:
        if frame[name].map(lambda value: hasattr(value, "as_integer_ratio")).any():
            frame[name] = pd.to_numeric(frame[name].astype(float))
    return frame
