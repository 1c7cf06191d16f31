"""Empty marts with the columns, types and checks of dbt's contracts, for tests of code that reads marts."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from comptoir.repository import REPOSITORY

MARTS = REPOSITORY / "dbt_project" / "models" / "marts"


@cache
def contract(mart: str) -> dict[str, Any]:
    """Return the mart's entry in its properties file."""
    (file,) = MARTS.glob(f"*/{mart}.yml")
    (model,) = [entry for entry in msgspec.yaml.decode(file.read_bytes())["models"] if entry["name"] == mart]
    return model


def create_marts(database_url: str, *marts: str) -> None:
    """Create the named marts without rows, as the owner, and open them to their readers, as dbt does."""
    with psycopg.connect(database_url) as connection:
        for mart in marts:
            model = contract(mart)
            columns = []
            for column in model["columns"]:
                kinds = [constraint["type"] for constraint in column.get("constraints", [])]
                required = " not null" if "not_null" in kinds else ""
                columns.append(f'"{column["name"]}" {column["data_type"]}{required}')
            checks = [f"check ({rule['expression']})" for rule in model["constraints"] if rule["type"] == "check"]
            name = sql.Identifier("marts", mart)
            connection.execute(sql.SQL("create table {} ({})").format(name, sql.SQL(", ".join([*columns, *checks]))))
            connection.execute("select ops.open_mart(%s)", [f"marts.{mart}"])


def insert(database_url: str, mart: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows with some of the columns; a missing column that is not null gets its type's zero."""
    zeros = {
        "integer": 0,
        "boolean": False,
        "text": "",
        "jsonb": "{}",
        "date": "2026-01-01",
        "timestamptz": "2026-01-01T00:00Z",
    }
    required = {
        column["name"]: zeros.get(column["data_type"], 0)
        for column in contract(mart)["columns"]
        if any(constraint["type"] == "not_null" for constraint in column.get("constraints", []))
    }
    with psycopg.connect(database_url) as connection:
        for row in rows:
            full = required | row
            connection.execute(
                sql.SQL("insert into {} ({}) values ({})").format(
                    sql.Identifier("marts", mart),
                    sql.SQL(", ").join(map(sql.Identifier, full)),
                    sql.SQL(", ").join(sql.Placeholder() * len(full)),
                ),
                list(full.values()),
            )
