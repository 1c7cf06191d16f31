"""A person's rows in the tables of the map: found, deleted, unlinked or counted, by the columns that identify them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from privacy.data_map import SubjectKind, TableRule, data_map
from privacy.subject import Subject

BUILT = ("staging", "intermediate", "marts", "snapshots")  # by dbt
ALL = (*BUILT, "raw_clickstream", "serving")
BUILDING = "privacy.build"  # each model of dbt holds it shared from before it reads until it commits
NAMES_IN_A_PATTERN = 200  # Postgres refuses an expression that is too long
COLUMNS = """
    select table_schema, table_name, column_name
    from information_schema.columns
    inner join information_schema.tables using (table_schema, table_name)
    where table_schema = any(%s) and column_name = any(%s) and table_type = 'BASE TABLE'
        -- a partition is reached through its table
        and not exists (
            select from pg_inherits where inhrelid = format('%%I.%%I', table_schema, table_name)::regclass
        )
    order by 1, 2, 3
"""


@dataclass(frozen=True)
class Orphans:
    """Rows of a mart about visits that are gone: those with `when` that have no row of `source` that is `same`."""

    name: str
    source: str
    when: LiteralString
    same: LiteralString


ORPHANS = (
    Orphans("fct_order_touches", "fct_sessions", "session_id is not null", "origin.session_id = orphan.session_id"),
    # a page that nobody else began on that day
    Orphans(
        "fct_landings",
        "fct_sessions",
        "landing_path <> ''",
        "origin.session_date = orphan.session_date and left(origin.landing_path, 200) = orphan.landing_path",
    ),
)


@dataclass(frozen=True)
class PersonTable:
    """A table with rows of persons; `columns`: those that identify them."""

    schema: str
    name: str
    columns: Mapping[str, SubjectKind]
    rule: TableRule

    @property
    def identifier(self) -> sql.Identifier:
        """Schema and name, quoted."""
        return sql.Identifier(self.schema, self.name)

    @property
    def full_name(self) -> str:
        """schema.table."""
        return f"{self.schema}.{self.name}"

    def is_theirs(self, subject: Subject, only_named: bool = False) -> sql.Composable:
        """The condition of the person's rows; `only_named`: only those that carry the customer's own pseudonym."""
        values = {
            "visitor": subject.pseudonyms if only_named else subject.in_clicks,
            "person": subject.pseudonyms if only_named else subject.in_clicks,
            "customer": subject.pseudonyms,
        }
        return sql.SQL(" or ").join(
            sql.SQL("{} = any({})").format(sql.Identifier(name), sql.Literal(values[kind]))
            for name, kind in self.columns.items()
        )


def person_tables(connection: psycopg.Connection, schemas: tuple[str, ...] = ALL) -> list[PersonTable]:
    """The tables of these schemas with columns that identify persons. Raises psycopg.Error."""
    known = data_map()
    found: dict[tuple[str, str], dict[str, SubjectKind]] = {}
    for schema, table, column in connection.execute(COLUMNS, [list(schemas), list(known.subjects)]):
        found.setdefault((schema, table), {})[column] = known.subjects[column]
    return [
        PersonTable(schema, name, columns, rule)
        for (schema, name), columns in found.items()
        if (rule := known.rule_of(f"{schema}.{name}"))
    ]


def erase_built_tables(connection: psycopg.Connection, subject: Subject) -> dict[str, int]:
    """Take the person out of what dbt built, in the caller's transaction; rows by table.

    Rows of visits and of the customer go; those of sales stay without the customer. Waits for the models that dbt
    builds at the moment, and the next ones wait for the transaction. Raises psycopg.Error.
    """
    _wait_for_builds(connection)
    counts: dict[str, int] = {}
    for table in person_tables(connection, BUILT):
        if table.rule.erase == "unlink":
            sets = sql.SQL(", ").join(sql.SQL("{} = null").format(sql.Identifier(name)) for name in table.columns)
            statement = sql.SQL("update {} set {} where {}").format(table.identifier, sets, table.is_theirs(subject))
        else:
            statement = sql.SQL("delete from {} where {}").format(table.identifier, table.is_theirs(subject))
        if (rows := _execute(connection, statement).rowcount) > 0:
            counts[table.full_name] = rows
    for orphans in ORPHANS:
        if _is_there(connection, "marts", orphans.name) and _is_there(connection, "marts", orphans.source):
            # not "not in": its list is looked through for every row as soon as it does not fit into memory
            statement = sql.SQL(
                f"delete from {{table}} as orphan where {orphans.when} and not exists"
                f" (select from {{source}} as origin where {orphans.same})"
            ).format(table=sql.Identifier("marts", orphans.name), source=sql.Identifier("marts", orphans.source))
            if rows := connection.execute(statement).rowcount:
                counts[f"marts.{orphans.name}"] = rows
    return counts


def erase_samples(connection: psycopg.Connection, subject: Subject) -> dict[str, int]:
    """Delete rows of operational tables whose text names the person, as `erase_built_tables` does."""
    counts: dict[str, int] = {}
    patterns = word_patterns(subject)
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema = 'ops' and table_type = 'BASE TABLE' order by 2"
    ).fetchall()
    for schema, name in tables:
        rule = data_map().rule_of(f"{schema}.{name}")
        if rule and rule.erase == "search":
            statement = sql.SQL("delete from {} as sample where sample::text ~ any({})")
            found = connection.execute(statement.format(sql.Identifier(schema, name), sql.Literal(patterns))).rowcount
            if found:
                counts[f"{schema}.{name}"] = found
    return counts


def word_patterns(subject: Subject) -> list[str]:
    """Regular expressions that find an identifier where it stands alone: a short number is part of many."""
    names = [name for name in (*subject.customer_ids, *subject.in_clicks) if name]
    # ids of clients may hold any character
    escaped = ["".join(c if c.isalnum() else f"\\{c}" for c in name) for name in names]
    parts = (escaped[first : first + NAMES_IN_A_PATTERN] for first in range(0, len(escaped), NAMES_IN_A_PATTERN))
    return [f"(^|[^0-9A-Za-z])({'|'.join(some)})($|[^0-9A-Za-z])" for some in parts]


def rows_left(connection: psycopg.Connection, subject: Subject) -> dict[str, int]:
    """Table -> how many of the person's rows it still has; only those that have some. Raises psycopg.Error."""
    left: dict[str, int] = {}
    with connection.transaction():
        _wait_for_builds(connection)  # a build puts new tables in place of those that are listed here
        for table in person_tables(connection):
            query = sql.SQL("select count(*) from {} where {}").format(table.identifier, table.is_theirs(subject))
            found = _execute(connection, query)
            row = found.fetchone() if found.rowcount > 0 else None
            if row and row[0]:
                left[table.full_name] = row[0]
    return left


def rows_about(connection: psycopg.Connection, subject: Subject) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Table -> the rows that carry the customer's own pseudonym.

    Not those of a browser that is theirs by an event anybody could have sent: nobody may ask for another's visits.
    Raises psycopg.Error.
    """
    for table in person_tables(connection):
        query = sql.SQL("select to_jsonb(t) from {} as t where {}").format(
            table.identifier, table.is_theirs(subject, only_named=True)
        )
        found = _execute(connection, query)
        if rows := [row for (row,) in found] if found.rowcount > 0 else []:
            yield table.full_name, rows


def _execute(connection: psycopg.Connection, statement: sql.Composed) -> psycopg.Cursor[Any]:
    """The statement; nothing where dbt has dropped the table since it was listed, as it does with its backups."""
    cursor = connection.cursor()
    with suppress(psycopg.errors.UndefinedTable), connection.transaction():
        cursor.execute(statement)
    return cursor


def _wait_for_builds(connection: psycopg.Connection) -> None:
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [BUILDING])


def _is_there(connection: psycopg.Connection, schema: str, name: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", [f"{schema}.{name}"]).fetchone()
    return bool(row and row[0])
