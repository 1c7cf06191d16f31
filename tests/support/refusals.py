"""A fault of Postgres for one event: past the contract, and only when the row is written."""

from __future__ import annotations

import psycopg


def refuse(database: str, table: str, event_id: str, does: str = "raise exception 'there is no room'") -> None:
    """Make every insert of the event into `table` run the PL/pgSQL statement `does`, and count these tries."""
    with psycopg.connect(database) as connection:
        connection.execute(
            f"""
            create sequence if not exists public.tries;
            grant usage on sequence public.tries to public;
            create or replace function public.refuse() returns trigger language plpgsql as
            $$ begin perform nextval('public.tries'); {does}; return new; end $$;
            create trigger refuse before insert on {table}
            for each row when (new.event_id = '{event_id}') execute function public.refuse();
            """.encode()
        )


def accept(database: str, table: str) -> None:
    """Take the fault away."""
    with psycopg.connect(database) as connection:
        connection.execute(f"drop trigger refuse on {table}".encode())


def tries(database: str) -> int:
    """How often the event was to be written; also tries that were rolled back count."""
    with psycopg.connect(database) as connection:
        [(count,)] = connection.execute("select case when is_called then last_value else 0 end from public.tries")
    return int(count)
