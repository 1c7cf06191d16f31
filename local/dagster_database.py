"""Dagster's own database: it belongs to the login of that name, and nobody else may connect to it."""

from __future__ import annotations

import psycopg

OWNER = "dagster"

# what an older installation made as the owner of the warehouse
HAND_OVER = """
do $$
declare
    item record;
begin
    for item in
        select relations.oid::regclass as name from pg_class as relations
        where
            relations.relnamespace = 'public'::regnamespace and relations.relkind in ('r', 'p', 'v', 'm')
            and pg_get_userbyid(relations.relowner) <> 'dagster'
    loop
        execute format('alter table %s owner to dagster', item.name);
    end loop;
    execute format('alter database %I owner to dagster', current_database());
    execute format('revoke all on database %I from public', current_database());
end
$$
"""


def give_to_dagster(database_url: str) -> None:
    """Make Dagster's login the owner of the database and all in it. Safe to run again.

    `database_url` names that database, with a login that owns it or is a superuser. Raises psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        owner = connection.execute(
            "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
        ).fetchone()
        if owner != (OWNER,):
            connection.execute(HAND_OVER)
