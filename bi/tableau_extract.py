"""The marts as a Tableau extract (.hyper) and packaged with the workbook, for authors without access to the database.

Uses Tableau's Hyper API. Each time a new file is made, so that nothing is left in it of rows that are gone. Days that
are as they were are copied from the file before, inside Hyper; only the others are read from Postgres.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel, sql
from tableauhyperapi import (
    Connection,
    HyperException,
    HyperProcess,
    Inserter,
    Nullability,
    SchemaName,
    SqlType,
    TableDefinition,
    TableName,
    Telemetry,
    escape_string_literal,
)

from bi.extract_days import SCHEMA, Days, day_of, days_of, keep_days, kept_days, table_of_days
from bi.tableau import describe_marts
from bi.tableau_datasource import Column, Mart
from bi.tableau_package import write_package

FETCHED = 10_000  # rows at a time
LOG_NOWHERE = {"log_config": ""}  # hyperd would write hyperd.log into the working directory
NEW, BEFORE = "new", "before"  # how the two files are called inside Hyper


@dataclass(frozen=True)
class Extracted:
    """Rows of the extract by mart, and how many of them were read from Postgres."""

    rows: dict[str, int]
    read: dict[str, int]


def write_extract(database_url: str, file: Path) -> Extracted:
    """Write all rows of the workbook's marts into one extract, and its package.

    Existing files are replaced. Raises MartMissing.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    marts = describe_marts(database_url)
    unfinished = file.with_suffix(".new.hyper")
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, "comptoir", parameters=LOG_NOWHERE) as hyper,
        Connection(hyper.endpoint) as extract,
        _snapshot(database_url) as postgres,
    ):
        extract.catalog.drop_database_if_exists(unfinished)
        extract.catalog.create_database(unfinished)
        extract.catalog.attach_database(unfinished, NEW)
        has_before = _attach(extract, file)
        for schema in ("marts", SCHEMA):
            extract.catalog.create_schema(SchemaName(NEW, schema))
        days = {mart.name: days_of(mart, postgres) for mart in marts}
        read = {mart.name: _fill(mart, days[mart.name], postgres, extract, has_before) for mart in marts}
        table = table_of_days(NEW)
        extract.catalog.create_table(table)
        keep_days(extract, table, days)
        extract.catalog.detach_all_databases()
    unfinished.replace(file)
    write_package(marts, file)
    return Extracted({mart: sum(rows for rows, _ in found.values()) for mart, found in days.items()}, read)


@contextmanager
def _snapshot(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that sees one moment: what a day is hashed from is what is copied."""
    with psycopg.connect(database_url) as postgres:
        postgres.isolation_level = IsolationLevel.REPEATABLE_READ
        yield postgres


def _attach(extract: Connection, file: Path) -> bool:
    """Attach the extract before. False where there is none, Hyper cannot open it, or it does not know its days."""
    if not file.exists():
        return False
    try:
        extract.catalog.attach_database(file, BEFORE)
        return bool(extract.catalog.has_table(TableName(BEFORE, SCHEMA, "days")))
    except HyperException:
        return False


def _fill(mart: Mart, days: Days, postgres: psycopg.Connection[Any], extract: Connection, has_before: bool) -> int:
    """Fill the mart's new table; returns how many rows were read from Postgres."""
    table = TableDefinition(TableName(NEW, "marts", mart.name))
    for column in mart.columns:
        table.add_column(column.name, hyper_type(column), Nullability.NULLABLE)
    extract.catalog.create_table(table)
    kept = _kept(mart, days, table, extract) if has_before else set()
    if kept:
        extract.execute_command(
            f"insert into {table.table_name} select * from {TableName(BEFORE, 'marts', mart.name)} {_on(mart, kept)}"
        )
    return _copy(mart, [day for day in days if day not in kept], postgres, extract, table)


def _kept(mart: Mart, days: Days, table: TableDefinition, extract: Connection) -> set[str]:
    """Days that the extract before has as they are; none where its table has other columns."""
    before = TableName(BEFORE, "marts", mart.name)
    if not extract.catalog.has_table(before):
        return set()
    if _columns(extract.catalog.get_table_definition(before)) != _columns(table):
        return set()
    known = kept_days(extract, BEFORE, mart.name)
    return {day for day, found in days.items() if known.get(day) == found}


def _columns(table: TableDefinition) -> list[tuple[str, SqlType]]:
    return [(one.name.unescaped, one.type) for one in table.columns]


def _on(mart: Mart, days: Collection[str]) -> str:
    """The condition that is true of these days."""
    column = day_of(mart)
    if column is None:
        return ""
    listed = ", ".join(escape_string_literal(day) for day in sorted(days))
    return f"""where coalesce(cast("{column}" as text), '') in ({listed})"""


def _copy(
    mart: Mart, days: list[str], postgres: psycopg.Connection[Any], extract: Connection, table: TableDefinition
) -> int:
    if not days:
        return 0
    column = day_of(mart)
    names = sql.SQL(", ").join(sql.Identifier(one.name) for one in mart.columns)
    query = sql.SQL("select {} from {}").format(names, sql.Identifier("marts", mart.name))
    if column:
        query += sql.SQL(" where coalesce({}::text, '') = any(%(days)s)").format(sql.Identifier(column))
    count = 0
    with postgres.cursor(name=f"extract_{mart.name}") as cursor, Inserter(extract, table) as inserter:
        cursor.execute(query, {"days": days})
        while rows := cursor.fetchmany(FETCHED):
            inserter.add_rows(rows)
            count += len(rows)
        inserter.execute()
    return count


def hyper_type(column: Column) -> SqlType:
    """Return the type that keeps every digit of the column: a rate of six places stays one."""
    if column.digits:
        return SqlType.numeric(*column.digits)
    return {
        "string": SqlType.text,
        "date": SqlType.date,
        "datetime": SqlType.timestamp_tz,
        "boolean": SqlType.bool,
        "integer": SqlType.big_int,
        "real": SqlType.double,
    }[column.tableau_type]()
