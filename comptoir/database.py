"""The warehouse's database: its schemas, tables and roles, and how dbt connects to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from comptoir.logins import Login
from comptoir.postgres_url import OPTION_VARIABLES, split_url, with_driver
from comptoir.repository import REPOSITORY
from comptoir.setting_types import ShopPlatform
from comptoir.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

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

# each room owns its file; the roles' comes after them because it grants on what the others make
SCHEMA_FILES = (
    "comptoir/audit.sql",
    "ingestion/clickstream/raw_tables.sql",
    "ingestion/reconciliation/tables.sql",
    "ingestion/sync_log.sql",
    "ingestion/shop_webhooks.sql",
    "streaming/serving_tables.sql",
    "streaming/countable_events.sql",
    "streaming/serving_functions.sql",
    "storefront/search/tables.sql",
    "expectations/ops_tables.sql",
    "alerting/tables.sql",
    "privacy/tables.sql",
)
ROLES_FILE = "privacy/roles.sql"
MIGRATIONS = REPOSITORY / "privacy" / "migrations"


def _is_deadlock(error: BaseException) -> bool:
    return isinstance(getattr(error, "orig", error), psycopg.errors.DeadlockDetected)


# autovacuum may hold a table that the roles' file alters, and wait for its row in the catalogue
@retry(
    retry=retry_if_exception(_is_deadlock),
    stop=stop_after_attempt(5),
    wait=wait_random_exponential(max=5),
    reraise=True,
)
def apply_schema(database_url: str, passwords: Mapping[Login, str]) -> None:
    """Create what is missing: schemas, raw, serving and ops tables, logins and grants. Safe to run again.

    `passwords` are those of all logins. Needs a user that owns the database and may create roles; runs in one
    transaction, again after a deadlock. Raises psycopg.Error, or sqlalchemy.exc.DBAPIError when the server cannot be
    reached.
    """
    from sqlalchemy import NullPool, create_engine  # not for the many who only ask for dbt's environment

    engine = create_engine(with_driver(database_url, "psycopg"), poolclass=NullPool)
    with engine.begin() as transaction:
        connection = transaction.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        # `create schema if not exists` is not atomic in Postgres: two at once would fail
        connection.execute("select pg_advisory_xact_lock(hashtext('comptoir.apply_schema'))")
        for schema in SCHEMAS:
            connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        for file in SCHEMA_FILES:
            connection.execute(Path(REPOSITORY / file).read_bytes())
        _migrate(transaction)
        for login, password in passwords.items():
            statement = sql.SQL("alter role {} login password {}")
            connection.execute(statement.format(sql.Identifier(login), sql.Literal(password)))
        connection.execute(Path(REPOSITORY / ROLES_FILE).read_bytes())


def _migrate(connection: Connection) -> None:
    """Run the migrations that this database has not had (ops.migrations)."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def dbt_env(settings: Settings) -> dict[str, str]:
    """The environment that `dbt_project/profiles.yml` reads."""
    known = dbt_env_of(
        settings.database_url_as("transformer"), settings.shop_timezone, settings.shop_platform, settings.own_hosts
    )
    past = {code: str(rate) for code, rate in settings.past_currencies.items()}
    return known | {
        "COMPTOIR_SALES_CHANNEL": settings.sales_channel,
        "COMPTOIR_PAST_CURRENCIES": json.dumps(past),
    }


def parsed_for(settings: Settings) -> str:
    """A digest of all that dbt reads of the environment when it parses the project; the password is not of it."""
    known = {name: value for name, value in dbt_env(settings).items() if name != "COMPTOIR_PG_PASSWORD"}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


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
