"""Postgres: connection, version, rights, roles, schemas, clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from comptoir.database import SCHEMAS
from comptoir.logins import LOGINS
from comptoir.settings import Settings
from doctor.finding import Finding, blocks, fine, warns
from local.dagster_database import OWNER

OLDEST = 15
CLOCK_SECONDS = 5
CONNECT_SECONDS = 5
UP = "`comptoir up` creates what is missing"


def examine_postgres(settings: Settings) -> Iterator[Finding]:
    """The warehouse as its owner sees it, then whether each login can be used."""
    try:
        connection = psycopg.connect(settings.database_url, connect_timeout=CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        yield _unreachable(settings, error)
        return
    with connection:
        version = connection.info.server_version // 10_000
        if version < OLDEST:
            yield blocks("postgres", f"the server is Postgres {version}.", f"use Postgres {OLDEST} or newer")
        else:
            yield fine("postgres", f"Postgres {version} answers as {connection.info.user}.")
        yield from _rights(connection)
        yield from _schemas(connection)
        yield _clock(connection)
    yield from _logins(settings)


def _unreachable(settings: Settings, error: psycopg.OperationalError) -> Finding:
    reason = " ".join(str(error).split())
    if not settings.postgres_url:
        return blocks("postgres", f"the embedded Postgres does not answer: {reason}", "run `comptoir up`")
    return blocks("postgres", f"Postgres does not answer: {reason}", "start it, or correct COMPTOIR_POSTGRES_URL")


def _rights(connection: psycopg.Connection) -> Iterator[Finding]:
    row = connection.execute(
        """
        select pg_get_userbyid(datdba) = current_user or rolsuper, rolcreaterole or rolsuper
        from pg_database cross join pg_roles
        where datname = current_database() and rolname = current_user
        """
    ).fetchone()
    owns, creates_roles = row or (False, False)
    user, database = connection.info.user, connection.info.dbname
    if not owns:
        remedy = f'alter database "{database}" owner to "{user}"'
        yield blocks("postgres", f"user {user} does not own database {database}.", remedy)
    if not creates_roles:
        remedy = f'alter role "{user}" createrole'
        yield blocks("postgres", f"user {user} may not create the logins.", remedy)


def _schemas(connection: psycopg.Connection) -> Iterator[Finding]:
    rows = connection.execute("select nspname from pg_namespace where nspname = any (%s)", [list(SCHEMAS)]).fetchall()
    missing = [schema for schema in SCHEMAS if (schema,) not in rows]
    if missing:
        yield blocks("postgres", f"schemas are missing: {', '.join(missing)}.", UP)


def _clock(connection: psycopg.Connection) -> Finding:
    row = connection.execute("select clock_timestamp()").fetchone()
    apart = abs((datetime.now(UTC) - row[0]).total_seconds()) if row else 0.0
    if apart > CLOCK_SECONDS:
        sentence = f"this machine's clock and Postgres' are {apart:.0f} s apart: heartbeats and freshness are wrong."
        return warns("clock", sentence, "let both follow a time server (NTP)")
    return fine("clock", f"this machine and Postgres agree on the time, in UTC {datetime.now(UTC):%H:%M}.")


def _logins(settings: Settings) -> Iterator[Finding]:
    for role in LOGINS:
        if role == OWNER:  # of another database
            continue
        try:
            psycopg.connect(settings.database_url_as(role), connect_timeout=CONNECT_SECONDS).close()
        except psycopg.OperationalError as error:
            reason = " ".join(str(error).split())
            remedy = f"{UP}, with the password of COMPTOIR_{role.upper()}_PASSWORD"
            yield blocks("postgres", f"role {role} cannot log in: {reason}", remedy)
