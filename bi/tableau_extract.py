"""The marts as a Tableau extract (.hyper) and packaged with the workbook, for authors without access to the database.

Uses Tableau's Hyper API.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql
from tableauhyperapi import (
    Connection,
    CreateMode,
    HyperProcess,
    Inserter,
    Nullability,
    SchemaName,
    SqlType,
    TableDefinition,
    TableName,
    Telemetry,
)

from bi.tableau import describe_marts
from bi.tableau_datasource import Column, Mart
from bi.tableau_package import write_package

FETCHED = 10_000  # rows at a time
LOG_NOWHERE = {"log_config": ""}  # hyperd would write hyperd.log into the working directory


def write_extract(database_url: str, file: Path) -> dict[str, int]:
    """Write all rows of the workbook's marts into one extract, and its package; return the row counts by mart.

    Existing files are replaced. Raises MartMissing.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    marts = describe_marts(database_url)
    unfinished = file.with_suffix(".new.hyper")
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, "comptoir", parameters=LOG_NOWHERE) as hyper,
        Connection(hyper.endpoint, unfinished, CreateMode.CREATE_AND_REPLACE) as extract,
        psycopg.connect(database_url) as postgres,
    ):
        extract.catalog.create_schema(SchemaName("marts"))
        rows = {mart.name: _copy(mart, postgres, extract) for mart in marts}
    unfinished.replace(file)
    write_package(marts, file)
    return rows


def _copy(mart: Mart, postgres: psycopg.Connection, extract: Connection) -> int:
    table = TableDefinition(TableName("marts", mart.name))
    for column in mart.columns:
        table.add_column(column.name, hyper_type(column), Nullability.NULLABLE)
    extract.catalog.create_table(table)
    count = 0
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in mart.columns)
    with postgres.cursor(name=f"extract_{mart.name}") as cursor, Inserter(extract, table) as inserter:
        cursor.execute(sql.SQL("select {} from {}").format(names, sql.Identifier("marts", mart.name)))
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
