"""The table of docs/roles.md: what each login may do with each relation and function, as the catalogue says.

A right is written as letters: r reads, i inserts, u updates, d deletes, x may call; a login that may read some columns
only has them named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import psycopg

from comptoir.database import SCHEMAS
from comptoir.logins import LOGINS
from comptoir.repository import REPOSITORY

PAGE = REPOSITORY / "docs" / "roles.md"
BEGIN = "<!-- matrix: written by `comptoir docs roles` -->\n"

# name of a relation, or of a function with its () → login → letters
Rights = Mapping[str, Mapping[str, str]]

RELATIONS = """
    select
        schemas.nspname || '.' || relations.relname as name, login.rolname as login,
        has_table_privilege(login.oid, relations.oid, 'select') as reads,
        relations.relkind <> 'v' and has_table_privilege(login.oid, relations.oid, 'insert') as inserts,
        relations.relkind <> 'v' and has_table_privilege(login.oid, relations.oid, 'update') as updates,
        relations.relkind <> 'v' and has_table_privilege(login.oid, relations.oid, 'delete') as deletes,
        array(
            select columns.attname::text from pg_attribute as columns
            where
                columns.attrelid = relations.oid and columns.attnum > 0 and not columns.attisdropped
                and has_column_privilege(login.oid, relations.oid, columns.attnum, 'select')
            order by columns.attnum
        ) as readable,
        array(
            select columns.attname::text from pg_attribute as columns
            where columns.attrelid = relations.oid and columns.attnum > 0 and not columns.attisdropped
            order by columns.attnum
        ) as columns
    from pg_class as relations
    inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
    inner join pg_roles as login on login.rolname = any(%(logins)s)
    where
        schemas.nspname = any(%(schemas)s) and relations.relkind in ('r', 'p', 'v', 'm')
        and not relations.relispartition and has_schema_privilege(login.oid, schemas.oid, 'usage')
"""
FUNCTIONS = """
    select schemas.nspname || '.' || functions.proname || '()', login.rolname
    from pg_proc as functions
    inner join pg_namespace as schemas on functions.pronamespace = schemas.oid
    inner join pg_roles as login on login.rolname = any(%(logins)s)
    where
        schemas.nspname = any(%(schemas)s) and has_schema_privilege(login.oid, schemas.oid, 'usage')
        and has_function_privilege(login.oid, functions.oid, 'execute')
"""
NAMES = """
    select schemas.nspname || '.' || relations.relname from pg_class as relations
    inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
    where
        schemas.nspname = any(%(schemas)s) and relations.relkind in ('r', 'p', 'v', 'm')
        and not relations.relispartition
    union
    select schemas.nspname || '.' || functions.proname || '()' from pg_proc as functions
    inner join pg_namespace as schemas on functions.pronamespace = schemas.oid
    where schemas.nspname = any(%(schemas)s)
"""


def read_rights(connection: psycopg.Connection) -> Rights:
    """The rights of every login on all of our schemas; partitions are their table. Raises psycopg.Error."""
    parameters = {"schemas": list(SCHEMAS), "logins": list(LOGINS)}
    rights: dict[str, dict[str, str]] = {name: {} for (name,) in connection.execute(NAMES, parameters)}
    for name, login, reads, inserts, updates, deletes, readable, columns in connection.execute(RELATIONS, parameters):
        rights[name][login] = letters(reads, inserts, updates, deletes, readable, columns)
    for name, login in connection.execute(FUNCTIONS, parameters):
        rights[name][login] = "x"
    return rights


def letters(
    reads: bool, inserts: bool, updates: bool, deletes: bool, readable: Sequence[str], columns: Sequence[str]
) -> str:
    """The letters of one cell; with the columns that may be read, or may not, where that is not all or none."""
    closed = [name for name in columns if name not in readable]
    some = bool(readable) and not reads
    written = "".join(
        letter for letter, held in zip("riud", (reads or some, inserts, updates, deletes), strict=True) if held
    )
    if not some:
        return written
    named = f"of {', '.join(readable)}" if len(readable) < len(closed) else f"but {', '.join(closed)}"
    return f"{written} ({named})"


def matrix(rights: Rights) -> str:
    """The rights as a Markdown table: a row a relation; those of a schema that are most alike are one row, `others`."""
    logins = [login for login in LOGINS if any(row.get(login) for row in rights.values())]
    lines = [f"| | {' | '.join(logins)} |", "|---" * (len(logins) + 1) + "|"]
    for schema in SCHEMAS:
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in sorted(rights):
            if name.startswith(f"{schema}."):
                alike[tuple(rights[name].get(login, "") for login in logins)].append(name)
        most = max(alike, key=lambda cells: len(alike[cells]), default=())
        rows = {f"`{name}`": cells for cells, names in alike.items() for name in names if cells != most}
        if most:
            rows[f"`{schema}.*`{', the others' if rows else ''}"] = most
        lines += [f"| {name} | {' | '.join(rows[name])} |" for name in sorted(rows)]
    return "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines) + "\n"


def page_with(rights: Rights) -> str:
    """The page with the rights as its last part; what stands above is written by hand."""
    return PAGE.read_text().partition(BEGIN)[0] + BEGIN + matrix(rights)


def write_matrix(rights: Rights) -> None:
    """Write docs/roles.md again."""
    PAGE.write_text(page_with(rights))
