"""Reads and computes the part of DAX that our measures are written in, over tables of rows, by its own rules on blanks.

Grammar: sums and differences of aggregates (SUM, SUMX, COUNTROWS, DISTINCTCOUNTNOBLANK, CALCULATE with one filter) and
DIVIDE; conditions of `&&`, `||`, `=`, `==`, `>`, IN, NOT and ISBLANK. As DAX has it, a blank is left out of sums, `=`
takes it for zero, an empty text or FALSE, NOT of a blank is TRUE, and what is divided by zero or a blank is blank.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
TOKENS = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"]|\"\")*\")|(?P<table>'(?:[^']|'')+')|(?P<column>\[[^\]]+\])|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z]\w*)|(?P<sign>&&|\|\||==|[=>*+\-(){},]))"
)


class NotRead(ValueError):
    """The text is no DAX, or DAX that this reader does not know."""


def compute(text: str, tables: Tables) -> Any:
    """Compute a measure over the tables: a number, or None for a blank. Raises NotRead."""
    reader = _Reader(list(_tokens(text)), tables)
    value = reader.scalar(None)
    reader.expect_end()
    return value


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, text = 0, text.rstrip()
    while place < len(text):
        found = TOKENS.match(text, place)
        if found is None:
            raise NotRead(f"no DAX at {text[place : place + 20]!r}")
        yield str(found.lastgroup), found[str(found.lastgroup)]
        place = found.end()


@dataclass
class _Reader:
    """Computes while it reads: an iterator's expression is read again for each row."""

    tokens: list[tuple[str, str]]
    tables: Tables
    place: int = 0
    filtered: dict[str, Sequence[Row]] = field(default_factory=dict)

    def peek(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        kind, text = self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")
        if kind == "end" or (wanted is not None and text != wanted):
            raise NotRead(f"{wanted or 'something'} is missing at {text or 'the end'!r}")
        self.place += 1
        return text

    def expect_end(self) -> None:
        if self.place != len(self.tokens):
            raise NotRead(f"{self.peek()!r} is too much")

    def scalar(self, row: Row | None) -> Any:
        value = self.both(row)
        while self.peek() == "||":
            self.take()
            other = self.both(row)
            value = bool(value) or bool(other)
        return value

    def both(self, row: Row | None) -> Any:
        value = self.compared(row)
        while self.peek() == "&&":
            self.take()
            other = self.compared(row)
            value = bool(value) and bool(other)
        return value

    def compared(self, row: Row | None) -> Any:
        value = self.summed(row)
        match self.peek():
            case "=":
                self.take()
                other = self.summed(row)
                return _or_empty(value, other) == _or_empty(other, value)
            case "==":
                self.take()
                return value == self.summed(row) and value is not None
            case ">":
                self.take()
                other = self.summed(row)
                return _or_empty(value, other) > _or_empty(other, value)
            case "IN":
                self.take()
                self.take("{")
                values = [self.scalar(row)]
                while self.peek() == ",":
                    self.take()
                    values.append(self.scalar(row))
                self.take("}")
                return value in values
        return value

    def summed(self, row: Row | None) -> Any:
        sign = self.take() if self.peek() in ("-", "+") else "+"
        value = self.multiplied(row)
        value = -value if sign == "-" and value is not None else value
        while self.peek() in ("+", "-"):
            sign, other = self.take(), self.multiplied(row)
            if other is not None:
                value = (value or 0) + (other if sign == "+" else -other)
        return value

    def multiplied(self, row: Row | None) -> Any:
        value = self.single(row)
        while self.peek() == "*":
            self.take()
            other = self.single(row)
            value = None if value is None or other is None else value * other
        return value

    def single(self, row: Row | None) -> Any:
        kind, text = self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")
        match kind:
            case "number":
                return Decimal(self.take())
            case "text":
                return self.take()[1:-1].replace('""', '"')
            case "table":
                _, column = self.column()
                if row is None:
                    raise NotRead(f"[{column}] stands in no row")
                return row[column]
            case "word":
                return self.called(self.take(), row)
        if text == "(":
            self.take()
            value = self.scalar(row)
            self.take(")")
            return value
        raise NotRead(f"{text or 'the end'!r} is no value")

    def column(self) -> tuple[str, str]:
        table, column = self.take()[1:-1], self.take()[1:-1]
        if table not in self.tables or (self.tables[table] and column not in self.tables[table][0]):
            raise NotRead(f"'{table}'[{column}] does not exist")
        return table, column

    def called(self, name: str, row: Row | None) -> Any:
        self.take("(")
        value = self.function(name)(row)
        self.take(")")
        return value

    def function(self, name: str) -> Callable[[Row | None], Any]:
        known: dict[str, Callable[[Row | None], Any]] = {
            "SUM": lambda _: _sum(self.values()),
            "SUMX": lambda _: self.sum_over(self.rows()),
            "COUNTROWS": lambda _: len(self.rows()) or None,
            "DISTINCTCOUNTNOBLANK": lambda _: len({one for one in self.values() if one is not None}) or None,
            "CALCULATE": lambda _: self.calculated(),
            "DIVIDE": self.divided,
            "NOT": lambda row: not self.scalar(row),
            "ISBLANK": lambda row: self.scalar(row) is None,
            "FALSE": lambda _: False,
            "TRUE": lambda _: True,
        }
        if name not in known:
            raise NotRead(f"{name} is no function of this part of DAX")
        return known[name]

    def values(self) -> list[Any]:
        table, column = self.column()
        return [one[column] for one in self.of(table)]

    def of(self, table: str) -> Sequence[Row]:
        """Return the table's rows, those of a CALCULATE around it."""
        return self.filtered.get(table, self.tables[table])

    def rows(self) -> Sequence[Row]:
        """Read a table, or a FILTER of one."""
        if self.peek() != "FILTER":
            name = self.take()[1:-1]
            if name not in self.tables:
                raise NotRead(f"the table {name} does not exist")
            return self.of(name)
        self.take()
        self.take("(")
        rows = self.rows()
        self.take(",")
        kept = [one for one, held in self.each(rows) if held]
        self.take(")")
        return kept

    def each(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
        """Read an expression for each row; of no row once, by a row of blanks, to get past it."""
        begun = self.place
        for one in rows:
            self.place = begun
            yield one, self.scalar(one)
        if not rows:
            self.scalar(_Blank())

    def sum_over(self, rows: Sequence[Row]) -> Any:
        self.take(",")
        return _sum([value for _, value in self.each(rows)])

    def calculated(self) -> Any:
        """Read an aggregate within a filter that stands after it."""
        begun = self.place
        self.scalar(None)
        self.take(",")
        table = next(text[1:-1] for kind, text in self.tokens[self.place :] if kind == "table")
        rows, end = self.rows(), self.place
        self.place, self.filtered[table] = begun, rows
        value = self.scalar(None)
        del self.filtered[table]
        self.place = end
        return value

    def divided(self, row: Row | None) -> Any:
        above = self.scalar(row)
        self.take(",")
        below = self.scalar(row)
        return None if above is None or not below else Decimal(above) / Decimal(below)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


def _sum(values: list[Any]) -> Any:
    known = [Decimal(one) for one in values if one is not None]
    return sum(known) if known else None


def _or_empty(value: Any, other: Any) -> Any:
    """Return what `=` takes a blank for: the empty value of the other's kind."""
    return type(other)() if value is None and other is not None else value
