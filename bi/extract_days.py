"""Which days of the extract before are still as the marts have them: their rows are kept, all others read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql
from tableauhyperapi import Connection, Inserter, SqlType, TableDefinition, TableName

from bi.tableau_datasource import Mart

SCHEMA = "comptoir"  # of the extract; Tableau reads the schema of the marts
Days = Mapping[str, tuple[int, str]]  # day -> how many rows it has, and the sum of their hashes
DAYS = """
    select coalesce({day}::text, ''), count(*), sum(hash_record_extended(row({columns}), 0))::text
    from {mart} group by 1
"""


def day_of(mart: Mart) -> str | None:
    """Return the column by which rows of the mart are kept; None where they have no day."""
    return next((metric.day for metric in mart.metrics if metric.day), None)


def days_of(mart: Mart, postgres: psycopg.Connection[Any]) -> Days:
    """Read the mart's days; one that has no day column is one day."""
    column = day_of(mart)
    query = sql.SQL(DAYS).format(
        day=sql.Identifier(column) if column else sql.SQL("''"),
        columns=sql.SQL(", ").join(sql.Identifier(one.name) for one in mart.columns),
        mart=sql.Identifier("marts", mart.name),
    )
    return {day: (rows, hashed) for day, rows, hashed in postgres.execute(query).fetchall()}


def table_of_days(database: str) -> TableDefinition:
    """Return the table of the extract that says what it holds: a row per mart and day."""
    return TableDefinition(
        TableName(database, SCHEMA, "days"),
        [
            TableDefinition.Column("mart", SqlType.text()),
            TableDefinition.Column("day", SqlType.text()),
            TableDefinition.Column("rows", SqlType.big_int()),
            TableDefinition.Column("hashed", SqlType.text()),
        ],
    )


def keep_days(extract: Connection, table: TableDefinition, days: Mapping[str, Days]) -> None:
    """Write the days of each mart into the extract's table of days."""
    with Inserter(extract, table) as inserter:
        inserter.add_rows(
            (mart, day, rows, hashed) for mart, found in days.items() for day, (rows, hashed) in found.items()
        )
        inserter.execute()


def kept_days(extract: Connection, database: str, mart: str) -> Days:
    """Read the days of a mart in an extract that is attached as `database`."""
    table = TableName(database, SCHEMA, "days")
    with extract.execute_query(f'select "mart", "day", "rows", "hashed" from {table}') as result:
        return {day: (rows, hashed) for of, day, rows, hashed in result if of == mart}
