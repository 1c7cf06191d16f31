"""The warehouse's database: its schemas, tables and roles, and how dbt connects to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import sql

from comptoir.postgres_url import OPTION_VARIABLES, split_url
from comptoir.settings import REPOSITORY, Settings, ShopPlatform

SCHEMAS = (
    "raw_shop",
    "raw_clickstream",
    "staging",
    "intermediate",
    "marts",
    "snapshots",
    "serving",
    "ops",
    "pii",
)

# each room owns its file; roles come last because they grant on what the others make
SCHEMA_FILES = (
    "ingestion/clickstream/raw_tables.sql",
    "ingestion/reconciliation/tables.sql",
    "ingestion/sync_log.sql",
    "streaming/serving_tables.sql",
    "streaming/countable_events.sql",
    "streaming/serving_functions.sql",
    "storefront/search/tables.sql",
    "expectations/ops_tables.sql",
    "alerting/tables.sql",
    "privacy/tables.sql",
    "privacy/roles.sql",
)


def apply_schema(database_url: str, storefront_password: str, reporter_password: str) -> None:
    """Create what is missing: schemas, raw, serving and ops tables, roles and grants. Safe to run again.

    Needs a user that owns the database and may create roles; runs in one transaction. Raises psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        # `create schema if not exists` is not atomic in Postgres: two at once would fail
        connection.execute("select pg_advisory_xact_lock(hashtext('comptoir.apply_schema'))")
        for schema in SCHEMAS:
            connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        for role, password in (("storefront", storefront_password), ("reporter", reporter_password)):
            _create_reader(connection, role, password)
        for file in SCHEMA_FILES:
            connection.execute(Path(REPOSITORY / file).read_bytes())


def _create_reader(connection: psycopg.Connection, role: str, password: str) -> None:
    """A login that can only read, even where it was granted more by mistake."""
    name, secret = sql.Identifier(role), sql.Literal(password)
    known = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
    verb = sql.SQL("alter" if known else "create")
    connection.execute(sql.SQL("{} role {} login password {}").format(verb, name, secret))
    connection.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(name))


def dbt_env(settings: Settings) -> dict[str, str]:
    """The environment that `dbt_project/profiles.yml` reads."""
    known = dbt_env_of(settings.database_url, settings.shop_timezone, settings.shop_platform, settings.own_hosts)
    past = {code: str(rate) for code, rate in settings.past_currencies.items()}
    return known | {
        "COMPTOIR_SALES_CHANNEL": settings.sales_channel,
        "COMPTOIR_PAST_CURRENCIES": json.dumps(past),
    }


def dbt_env_of(
    database_url: str,
    shop_timezone: str = "Europe/Paris",
    shop_platform: ShopPlatform = "shopify",
    own_hosts: Iterable[str] = (),
) -> dict[str, str]:
    """`dbt_env` for any database, as the tests need it. Options of the URL, such as sslmode, go by libpq's variables.

    Raises ValueError for a URL that dbt cannot use.
    """
    parts = split_url(database_url)
    return {
        "COMPTOIR_PG_HOST": parts.host,
        "COMPTOIR_PG_PORT": str(parts.port),
        "COMPTOIR_PG_USER": parts.user,
        "COMPTOIR_PG_PASSWORD": parts.password,
        "COMPTOIR_PG_DATABASE": parts.database,
        **{OPTION_VARIABLES[option]: value for option, value in parts.options.items()},
        "COMPTOIR_SHOP_TIMEZONE": shop_timezone,
        "COMPTOIR_SHOP_PLATFORM": shop_platform,
        "COMPTOIR_OWN_HOSTS": ",".join(own_hosts),
    }
