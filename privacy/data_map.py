"""privacy/map.yml read: which kind each column is, what an erasure does with each table, when its rows are too old."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

FILE = Path(__file__).with_name("map.yml")

ColumnKind = Literal["direct", "pseudonymous", "indirect", "none"]
SubjectKind = Literal["visitor", "customer", "person"]
Treatment = Literal["delete", "unlink", "search", "its own step", "none"]


class TableRule(msgspec.Struct, frozen=True):
    """What tables are for, on which ground and how long, and what an erasure does with a person's rows in them."""

    tables: list[str]  # patterns of schema.table; the first rule that matches holds
    purpose: str
    ground: str
    term: str
    erase: Treatment


class Place(msgspec.Struct, frozen=True):
    """The same of a topic or of files; `days` as of a Retention, where a setting ends it."""

    place: str
    kind: ColumnKind
    purpose: str
    ground: str
    term: str
    erase: str
    days: str = ""


class Retention(msgspec.Struct, frozen=True):
    """When rows of a table are too old, and what becomes of them: they go, or their person does."""

    table: str  # schema.table
    age: list[str]  # columns: the first one that the table has and that is not null says when the row was made
    days: str  # the setting that holds the term
    where: str = ""  # SQL: only these rows
    empty: list[str] = []  # columns that are emptied; the row stays. None: the row goes
    by: Literal["age", "its own step"] = "age"

    @property
    def name(self) -> str:
        """schema.table, with what of it is emptied."""
        return f"{self.table} ({', '.join(self.empty)})" if self.empty else self.table


class DataMap(msgspec.Struct, frozen=True):
    """The whole map."""

    subjects: dict[str, SubjectKind]
    columns: dict[ColumnKind, list[str]]
    tables: list[TableRule]
    retention: list[Retention]
    places: list[Place]

    def kind_of(self, table: str, column: str) -> ColumnKind | None:
        """The kind of a column of `schema.table`; None for one that nobody has tagged.

        A full name wins over a column's name, which wins over a pattern.
        """
        for name in (f"{table}.{column}", column):
            for kind, names in self.columns.items():
                if name in names:
                    return kind
        for kind, names in self.columns.items():
            if any(fnmatchcase(column, n) or fnmatchcase(f"{table}.{column}", n) for n in names if "*" in n):
                return kind
        return None

    def rule_of(self, table: str) -> TableRule | None:
        """The rule of `schema.table`; None when there is none."""
        return next((rule for rule in self.tables if any(fnmatchcase(table, name) for name in rule.tables)), None)


@cache
def data_map() -> DataMap:
    """The map. Raises msgspec.ValidationError when the file is not one."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=DataMap)
