"""The only place where settings are read, and what follows from them: addresses, folders, logins.

Sources, first wins: environment variables `COMPTOIR_*`, `.env` in the repository, `<data_dir>/ports.env` and
`<data_dir>/secrets.env` (both written by `comptoir up`), the defaults in comptoir/setting_fields.py. A process that is
named by `COMPTOIR_PROCESS` reads no `secrets.env` and knows no secret but its own (comptoir/logins.py).
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from comptoir.kafka_access import KafkaAccess, KafkaUser
from comptoir.logins import LOGINS, SECRETS, Login, is_given, password_of
from comptoir.postgres_url import build_url, with_login
from comptoir.repository import REPOSITORY
from comptoir.setting_fields import DataFolder, SettingFields
from comptoir.setting_mistakes import SettingsError, sentence, variable
from comptoir.setting_secrets import SECRET_SETTINGS, mistakes_at_start, secrets_of
from comptoir.setting_types import Face, Network

LOOPBACK = ("127.0.0.0/8", "::1/128")

Kind = TypeVar("Kind", bound=DataFolder)


class Settings(SettingFields):
    """The settings with what follows from them.

    Made directly it knows the environment and what is passed; `get_settings` reads the files too.
    """

    @property
    def database_url(self) -> str:
        """URL of the warehouse as its owner: for `comptoir up`, the doctor and tests, for no process that runs on.

        Raises SettingsError in a process that is named.
        """
        if self.process:
            raise SettingsError(f"The process {self.process} may not log in as the owner of the database.")
        return self._server_url

    def database_url_as(self, login: Login) -> str:
        """URL of the warehouse for one login. Raises SettingsError in a process that was not given its password."""
        password = password_of(login)
        if not is_given(self.process, password):
            raise SettingsError(f"The process {self.process} may not log in as {login}: see comptoir/logins.py.")
        return with_login(self._server_url, login, getattr(self, password).get_secret_value())

    @property
    def login_passwords(self) -> dict[Login, str]:
        """Login → its password."""
        return {login: getattr(self, password_of(login)).get_secret_value() for login in LOGINS}

    @property
    def _server_url(self) -> str:
        return str(self.postgres_url) if self.postgres_url else self._embedded_url("comptoir", self.owner_password)

    @property
    def own_hosts(self) -> list[str]:
        """Hosts of the shop without `www.`: those named, those that may send clicks, and those the platform gives."""
        addresses = [*self.allowed_origins, *([str(self.shop_url)] if self.shop_url else [])]
        found = [*self.shop_hosts, *(urlsplit(address).hostname or "" for address in addresses)]
        if self.shopify_domain:
            found.append(self.shopify_domain)
        return sorted({host.lower().removeprefix("www.") for host in found if host})

    @property
    def shopify_domain(self) -> str | None:
        """The shop's name at Shopify, which its API and its webhooks go by; None on another platform."""
        return f"{self.shop_name}.myshopify.com" if self.shop_platform == "shopify" else None

    def host_of(self, face: Face) -> str:
        """The address where this process listens."""
        return self.hosts.get(face, self.host)

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's `host:port` list."""
        return self.kafka_bootstrap or f"{self.host}:{self.kafka_port}"

    @property
    def topic_days(self) -> dict[str, int]:
        """Topic → for how many days Kafka may keep its records."""
        return {self.clicks_topic: self.clicks_topic_days, self.clicks_bad_topic: self.bad_event_days}

    def kafka_as(self, user: KafkaUser) -> KafkaAccess:
        """Kafka for one user. Raises SettingsError in a process that was not given its password."""
        if self.kafka_security == "plaintext":
            return KafkaAccess(self.bootstrap_servers)
        setting = f"{user}_kafka_password"
        if not is_given(self.process, setting):
            raise SettingsError(f"The process {self.process} may not log in to Kafka as {user}.")
        password = getattr(self, setting).get_secret_value()
        return KafkaAccess(self.bootstrap_servers, user, password, self.kafka_authority)

    @property
    def networks_without_limits(self) -> list[Network]:
        """Networks (CIDR) whose requests are not limited."""
        return self.unlimited_networks or ([*LOOPBACK] if self.demo_shop else [])

    @property
    def collector_url(self) -> str:
        """Where trackers send events."""
        return f"http://{self.host_of('collector')}:{self.collector_port}"

    @property
    def storefront_url(self) -> str:
        """The demo shop's pages, search and recommendations."""
        return f"http://{self.host_of('storefront')}:{self.storefront_port}"

    @property
    def dashboard_url(self) -> str:
        """The dashboard of the BI team."""
        return f"http://{self.host_of('dashboard')}:{self.dashboard_port}"

    @property
    def dashboard_address(self) -> str:
        """The dashboard as links in reports name it."""
        return str(self.dashboard_public_url).rstrip("/") if self.dashboard_public_url else self.dashboard_url

    @property
    def dagster_url(self) -> str:
        """Dagster's web server."""
        return f"http://{self.host_of('dagster-webserver')}:{self.dagster_port}"

    @property
    def operations_url(self) -> str:
        """Data Docs of the gates, and metrics; served by the watcher of alerts."""
        return f"http://{self.host_of('alerts')}:{self.operations_port}"

    @property
    def demo_shop_url(self) -> str:
        """The demo shop as Shopify or Magento, over HTTPS."""
        return f"https://{self.host}:{self.demo_shop_port}"

    @property
    def demo_shop_dir(self) -> Path:
        """The demo shop's own files: its SQLite database and its certificate authority (`ca.pem`)."""
        return self.data_dir / "demo_shop"

    @property
    def search_index_dir(self) -> Path:
        """The search index, a folder a version."""
        return self.data_dir / "search_index"

    @property
    def trending_file(self) -> Path:
        """The storefront's last trending list, for when Postgres is away."""
        return self.data_dir / "storefront" / "trending.json"

    @property
    def tableau_dir(self) -> Path:
        """The Tableau data sources and workbook, rewritten by each daily run."""
        return self.data_dir / "tableau"

    @property
    def tableau_extract(self) -> Path:
        """The marts as a Tableau extract, rewritten by each daily run."""
        return self.tableau_dir / "comptoir.hyper"

    @property
    def powerbi_dir(self) -> Path:
        """The Power BI project."""
        return self.data_dir / "powerbi"

    @property
    def reports_dir(self) -> Path:
        """The weekly digests and the metric alerts of each day."""
        return self.data_dir / "reports"

    @property
    def data_docs_dir(self) -> Path:
        """Data Docs of the last run of each gate, a folder a layer; `index.html` is their first page."""
        return self.data_dir / "data_docs"

    @property
    def archive_dir(self) -> Path:
        """Parquet files of old days, by table and day; `comptoir clean` deletes them with the rest."""
        return self.archive or self.data_dir / "archive"

    @property
    def checkpoint_dir(self) -> Path:
        """The stream's checkpoint."""
        return self.data_dir / "checkpoint"

    @property
    def spark_jars_dir(self) -> Path:
        """Spark's Kafka connector."""
        return self.lib_dir / "spark"

    @property
    def kafka_jars_dir(self) -> Path:
        """The embedded Kafka."""
        return self.lib_dir / "kafka"

    @property
    def privacy_journal(self) -> Path:
        """The journal of erasures: outside the database, so that it outlives a restore of it."""
        return self.data_dir / "privacy" / "journal.jsonl"

    @property
    def shopify_schema_file(self) -> Path:
        """Introspection of Shopify's Admin API, taken from the npm package at set-up."""
        return self.lib_dir / "shopify" / "admin_2026-10.json.gz"

    @property
    def connector_venv(self) -> Path:
        """The Airbyte connectors' own environment; they cannot share ours."""
        return self.lib_dir / "airbyte"

    def _embedded_url(self, user: str, password: SecretStr) -> str:
        return build_url(user, password.get_secret_value(), self.host, self.postgres_port, self.postgres_database)

    def confined(self) -> Self:
        """The settings of a named process: what was read of others' secrets, as from `.env`, is forgotten."""
        if not self.process:
            return self
        foreign = SECRET_SETTINGS - {"postgres_url", *SECRETS[self.process]}
        fields = type(self).model_fields
        return self.model_copy(update={name: fields[name].get_default(call_default_factory=True) for name in foreign})


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once. Raises SettingsError with a sentence for each mistake.

    Enough for what needs no secret, such as loading Dagster's graph; see `settings_at_start`.
    """
    ours = [] if os.environ.get(variable("process")) else [data_dir() / "secrets.env"]
    return _read(Settings, *ours, data_dir() / "ports.env", REPOSITORY / ".env").confined()


def settings_at_start() -> Settings:
    """The settings for what works on data: a process or a command that starts, a run of Dagster.

    Raises SettingsError as `get_settings`, and for a real shop with passwords or keys of the demo.
    """
    settings = get_settings()
    mistakes = mistakes_at_start(settings)
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return settings


def data_dir() -> Path:
    """The data folder, whatever the other settings are."""
    return _read(DataFolder, REPOSITORY / ".env").data_dir


def settings_of_operator() -> set[str]:
    """Names of the settings given in the environment or in `.env`, and not by a file that we wrote."""
    return _read(Settings, REPOSITORY / ".env").model_fields_set


def _read(kind: type[Kind], *files: Path) -> Kind:
    try:
        return kind(_env_file=files)  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(kind, error))) from None


def _sentences(kind: type[DataFolder], error: ValidationError) -> list[str]:
    hidden = secrets_of(kind)
    return [sentence(each, is_secret=not hidden.isdisjoint(map(str, each["loc"]))) for each in error.errors()]
