"""What is older than its term on the map: counted, and taken out of one table after the other.

Sales stay: of an order only its customer goes. A table is gone through once, some pages a transaction, so nobody waits
for long, and after a kill the next call goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, LiteralString, NamedTuple, cast

import psycopg
from psycopg import sql

from comptoir.settings import Settings
from privacy.data_map import Retention, data_map

PAGES_AT_A_TIME = 500  # 4 MB
# a view holds nothing of its own
COLUMNS = """
    select columns.attname::text
    from pg_attribute as columns
    inner join pg_class as relations on columns.attrelid = relations.oid
    inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
    where
        schemas.nspname = %s and relations.relname = %s and relations.relkind in ('r', 'p')
        and columns.attnum > 0 and not columns.attisdropped
"""


class RetentionError(RuntimeError):
    """The map and a table do not fit; the message says what to mend."""


# takes out what was made before a moment, by a way of its own; returns how many rows
OwnStep = Callable[[datetime], int]


@dataclass(frozen=True)
class Term:
    """A rule of the map, and where its term ends now: rows made before `before` are too old."""

    rule: Retention
    days: int
    before: datetime  # midnight UTC


class Age(NamedTuple):
    """How old the rows of a table are that still have what the rule takes out."""

    overdue_count: int
    oldest: datetime | None  # of those that are not too old


class Retained(NamedTuple):
    """What came of one term."""

    term: Term
    rows_gone: int
    age: Age  # afterwards


def terms_of(settings: Settings, now: datetime) -> list[Term]:
    """The terms of the map, in its order; `now` is aware."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    found = [(rule, getattr(settings, rule.days)) for rule in data_map().retention]
    return [Term(rule, days, today - timedelta(days=days)) for rule, days in found]


def ages(connection: psycopg.Connection, terms: list[Term]) -> dict[str, Age]:
    """Name of the rule -> how old its rows are; nothing of a table that is not there.

    Raises RetentionError for a table without the column that the map names, psycopg.Error.
    """
    return {term.rule.name: table.age() for term in terms if (table := _AgedTable.of(connection, term))}


def retain(connection: psycopg.Connection, terms: list[Term], own_steps: Mapping[str, OwnStep]) -> Iterator[Retained]:
    """Take out what is too old, a term at each step. `own_steps`: by the name of their rule.

    `connection` commits by itself. Raises what `ages` and the own steps raise; what went before stays gone.
    """
    for term in terms:
        table = _AgedTable.of(connection, term)
        if table is None:
            continue
        gone = 0
        if (age := table.age()).overdue_count:
            gone = own_steps[term.rule.name](term.before) if term.rule.by == "its own step" else table.take_out()
            age = table.age()
        yield Retained(term, gone, age)


@dataclass(frozen=True)
class _AgedTable:
    connection: psycopg.Connection
    term: Term
    age_columns: list[str]  # of those that the rule names the ones that are there
    person_columns: list[str]

    @classmethod
    def of(cls, connection: psycopg.Connection, term: Term) -> _AgedTable | None:
        rule = term.rule
        columns = {name for (name,) in connection.execute(COLUMNS, rule.table.split("."))}
        ages, persons = ([name for name in names if name in columns] for names in (rule.age, rule.empty))
        if not columns or (rule.empty and not persons):  # a table of another shop platform, or not built yet
            return None
        if not ages:
            raise RetentionError(f"{rule.table} has no column {' or '.join(rule.age)}: mend it in privacy/map.yml.")
        return cls(connection, term, ages, persons)

    def age(self) -> Age:
        query = sql.SQL(
            "select count(*) filter (where {age} < {before}), min({age}) filter (where {age} >= {before})"
            " from {table} where {is_theirs}"
        )
        row = self._execute(query.format(**self._parts)).fetchone()
        return Age(*row) if row else Age(0, None)

    def take_out(self) -> int:
        """Pages that are added meanwhile hold new rows, and what the next call finds."""
        if self.person_columns:
            sets = sql.SQL(", ").join(sql.SQL("{} = null").format(sql.Identifier(one)) for one in self.person_columns)
            verb = sql.SQL("update {table} set {sets}").format(table=self._parts["table"], sets=sets)
        else:
            verb = sql.SQL("delete from {table}").format(table=self._parts["table"])
        query = sql.SQL("{verb} where {is_theirs} and {age} < {before} and ctid >= {first} and ctid < {end}")
        rows = 0
        for first in range(0, self._pages(), PAGES_AT_A_TIME):
            pages = {"first": f"({first},0)", "end": f"({first + PAGES_AT_A_TIME},0)"}
            limits = {name: sql.SQL("{}::tid").format(sql.Literal(page)) for name, page in pages.items()}
            rows += self._execute(query.format(verb=verb, **self._parts, **limits)).rowcount
        return rows

    def _execute(self, query: sql.Composed) -> psycopg.Cursor[Any]:
        with self.connection.transaction():
            # a time without a zone, as Magento writes it, is in UTC
            self.connection.execute("set local timezone to 'UTC'")
            return self.connection.execute(query)

    def _pages(self) -> int:
        row = self.connection.execute(
            "select pg_relation_size(%s::regclass) / current_setting('block_size')::int + 1", [self.term.rule.table]
        ).fetchone()
        return row[0] if row else 0

    @property
    def _parts(self) -> dict[str, sql.Composable]:
        age = sql.SQL(", ").join(sql.SQL("{}::timestamptz").format(sql.Identifier(one)) for one in self.age_columns)
        full = sql.SQL(" or ").join(sql.SQL("{} is not null").format(sql.Identifier(n)) for n in self.person_columns)
        where = cast(LiteralString, self.term.rule.where or "true")  # of our own file
        return {
            "table": sql.Identifier(*self.term.rule.table.split(".")),
            "age": sql.SQL("coalesce({})").format(age),
            "before": sql.Literal(self.term.before),
            "is_theirs": sql.SQL("({}) and ({})").format(
                full if self.person_columns else sql.SQL("true"), sql.SQL(where)
            ),
        }
