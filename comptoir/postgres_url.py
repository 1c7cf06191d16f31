"""Postgres URLs: taken apart for dbt, and changed for another login, database or driver without losing an option.

The grammar is libpq's: postgresql://user:password@host:port/database?option=value, percent-encoded.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

# libpq's options that may follow the `?`, and the environment variable by which dbt's connection takes each
OPTION_VARIABLES = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslsni": "PGSSLSNI",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "options": "PGOPTIONS",
}


@dataclass(frozen=True)
class PostgresParts:
    """What a URL names, decoded; `options` are those after the `?`."""

    host: str
    port: int
    user: str
    password: str
    database: str
    options: dict[str, str]


def build_url(user: str, password: str, host: str, port: int, database: str) -> str:
    """A URL of these parts; every character of user, password and database is allowed."""
    place = f"[{host}]" if ":" in host else host
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(("postgresql", f"{login}@{place}:{port}", f"/{quote(database, safe='')}", "", ""))


def split_url(url: str) -> PostgresParts:
    """The parts of a URL. Raises ValueError, in words for the operator, for what not every client of it can use."""
    parts = _split(url)
    if "," in parts.netloc.rpartition("@")[2]:
        raise ValueError("it names several hosts, and dbt connects to one: name one host")
    if not parts.hostname:
        raise ValueError("it names no host: write postgresql://user:password@host:5432/database")
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    options = {unquote(name): unquote(value) for name, _, value in pairs}
    unknown = sorted(options.keys() - OPTION_VARIABLES.keys())
    if unknown:
        allowed = ", ".join(OPTION_VARIABLES)
        raise ValueError(f"its option {unknown[0]!r} does not reach every client: remove it; possible are {allowed}")
    return PostgresParts(
        host=parts.hostname,
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.removeprefix("/")),
        options=options,
    )


def with_login(url: str, user: str, password: str) -> str:
    """The same server, database and options for another user."""
    parts = _split(url)
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login}@{place}"))


def without_login(url: str) -> str:
    """The same server, database and options, naming nobody who may log in."""
    parts = _split(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def with_database(url: str, database: str) -> str:
    """The same server, user and options with another database."""
    return urlunsplit(_split(url)._replace(path=f"/{quote(database, safe='')}"))


def with_driver(url: str, driver: str) -> str:
    """The URL as SQLAlchemy takes it when it must not choose the driver itself, e.g. `psycopg2`."""
    return urlunsplit(_split(url)._replace(scheme=f"postgresql+{driver}"))


def _split(url: str) -> SplitResult:
    """Raises ValueError for a URL that is not Postgres', or whose password was not percent-encoded."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("it must begin with postgresql://")
    if parts.fragment or "@" in parts.path + parts.query:
        raise ValueError("its password holds one of / ? # @ : percent-encode it (%2F %3F %23 %40)")
    if parts.netloc.count("@") > 1:
        raise ValueError("its password holds @ : percent-encode it (%40)")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("its port is not a number from 1 to 65535, or its password must be percent-encoded") from None
    return parts
