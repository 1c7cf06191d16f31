"""What a layer's file lists: tables, the key that names a row in them, the columns they must have and their rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

SHOWS_NO_VALUE = "ExpectColumnValuesToNotBeNull"


@dataclass(frozen=True)
class Table:
    """A table under rules. Rules are Great Expectations by the name that messages and `ops` use.

    Raises ValueError for a personal column in the key or under a rule that would show its values: write that rule as
    `no_rows`, which masks them.
    """

    name: str  # schema.table
    key: tuple[str, ...]  # columns that name a row in samples
    rules: Mapping[str, Expectation] = field(default_factory=dict)
    # required columns and their types, lower-case and in full; additional columns are fine
    columns: Mapping[str, str] = field(default_factory=dict)
    # columns whose values name a person; samples show them masked
    personal: frozenset[str] = frozenset()
    min_rows: int = 0

    def __post_init__(self) -> None:
        shown = {
            column: name
            for name, rule in self.rules.items()
            if type(rule).__name__ != SHOWS_NO_VALUE
            for column in [getattr(rule, "column", None), *getattr(rule, "column_list", [])]
        }
        for column in self.personal & {*self.key, *shown}:
            raise ValueError(
                f"{self.name}: {shown.get(column, 'the key')} would show values of the personal column {column!r};"
                " write the rule as no_rows."
            )

    @property
    def schema(self) -> str:
        """The part of the name before the dot."""
        return self.name.split(".")[0]

    @property
    def relation(self) -> str:
        """The part of the name after the dot."""
        return self.name.split(".")[1]


def parse_columns(text: str) -> dict[str, str]:
    """`"id bigint, created_at timestamptz"` as a mapping of columns to types, spelled in full."""
    long_names = {"timestamptz": "timestamp with time zone"}

    def pairs() -> Iterator[tuple[str, str]]:
        for column in text.replace("\n", " ").split(","):
            name, kind = column.split()
            yield name, long_names.get(kind, kind)

    return dict(pairs())
