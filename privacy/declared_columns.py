"""The columns that the project declares: of dbt's models and sources, and of tables in SQL files. Needs no database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from comptoir.database import SCHEMA_FILES
from comptoir.repository import REPOSITORY

CREATED = re.compile(r"create table if not exists (\S+) \((.*?)\n\)", re.DOTALL)
ADDED = re.compile(r"alter table (\S+) add column if not exists (\w+)")
COLUMN = re.compile(r'^    "?([a-z_]+)"? [a-z]', re.MULTILINE)
NO_COLUMNS = frozenset({"primary", "unique", "check", "foreign"})
MADE = frozenset({"model", "snapshot", "seed"})


class DeclaredColumn(NamedTuple):
    """A column of `schema.table`."""

    table: str
    column: str


def declared_columns(manifest: dict[str, Any]) -> list[DeclaredColumn]:
    """All of them, sorted; `manifest` is dbt's."""
    return sorted({*_of_dbt(manifest), *_of_sql()})


def _of_dbt(manifest: dict[str, Any]) -> Iterator[DeclaredColumn]:
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in MADE]
    for node in [*nodes, *manifest["sources"].values()]:
        for column in node["columns"]:
            yield DeclaredColumn(f"{node['schema']}.{node.get('identifier') or node['name']}", column)


def _of_sql() -> Iterator[DeclaredColumn]:
    for file in SCHEMA_FILES:
        text = (REPOSITORY / file).read_text()
        for table, body in CREATED.findall(text):
            for column in COLUMN.findall(body):
                if column not in NO_COLUMNS:
                    yield DeclaredColumn(table, column)
        for table, column in ADDED.findall(text):
            yield DeclaredColumn(table, column)
