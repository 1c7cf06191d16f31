"""The only place where the environment is read, handed on or changed.

Sources, first wins: environment variables `COMPTOIR_*`, `.env` in the repository, `<data_dir>/ports.env` and
`<data_dir>/secrets.env` (both written by `comptoir up`), the defaults below. A process that is named by
`COMPTOIR_PROCESS` reads no `secrets.env` and knows no secret but its own (comptoir/logins.py).
See `.env.example` for the settings people change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from comptoir.kafka_access import KAFKA_USERS, KafkaAccess, KafkaUser
from comptoir.logins import LOGINS, SECRETS, Login, ProcessName, password_of
from comptoir.postgres_url import build_url, split_url, with_login, without_login
from comptoir.setting_mistakes import SettingsError, plain, sentence, variable, written
from comptoir.setting_types import (
    Brokers,
    Currency,
    DatabaseUrl,
    Host,
    Listed,
    Network,
    OptionalPath,
    OptionalQuietHours,
    OptionalUrl,
    Origin,
    Port,
    ReadingOrigin,
    Share,
    TimeZone,
)

REPOSITORY = Path(__file__).resolve().parent.parent

ShopPlatform = Literal["shopify", "magento"]
SHOP_PLATFORMS: tuple[ShopPlatform, ...] = get_args(ShopPlatform)

WatchedProcess = Literal["collector", "storefront", "dashboard", "dagster"]

LOOPBACK = ("127.0.0.0/8", "::1/128")

# what `comptoir up` makes at random and keeps in secrets.env
GENERATED = ("owner_password", *map(password_of, LOGINS), "pseudonym_key", "suppression_key", "user_id_secret")


class DataFolder(BaseSettings):
    """Where the running stack writes. Known before the files in it are read."""

    model_config = SettingsConfigDict(env_prefix="COMPTOIR_", extra="ignore", url_preserve_empty_path=True)

    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = REPOSITORY / ".comptoir"  # `comptoir clean` deletes it


Kind = TypeVar("Kind", bound=DataFolder)


class Settings(DataFolder):
    """Everything that differs between machines. Ports are TCP on `host`; durations are in seconds.

    Made directly it knows the environment and what is passed; `get_settings` reads the files too.
    """

    # which process of the stack this is; empty: a command of an operator, who may know everything
    process: ProcessName | Literal[""] = ""

    # where things are
    lib_dir: Path = REPOSITORY / ".lib"  # what `make setup` fetches: jars, connectors, Shopify's schema
    archive: OptionalPath = None  # where old days of raw events go, data_dir/archive by default
    host: str = "127.0.0.1"

    # warehouse; without a URL it is the embedded server
    postgres_url: DatabaseUrl = None
    postgres_port: Port = 15432
    postgres_database: str = "comptoir"
    wal_archive: OptionalPath = None  # where the embedded server copies its write-ahead log, for restoring a moment
    owner_password: SecretStr = SecretStr("comptoir")
    # of the logins, see docs/roles.md
    loader_password: SecretStr = SecretStr("loader")
    lander_password: SecretStr = SecretStr("lander")
    stream_password: SecretStr = SecretStr("stream")
    transformer_password: SecretStr = SecretStr("transformer")
    gatekeeper_password: SecretStr = SecretStr("gatekeeper")
    publisher_password: SecretStr = SecretStr("publisher")
    storefront_password: SecretStr = SecretStr("storefront")
    reporter_password: SecretStr = SecretStr("reporter")
    analyst_password: SecretStr = SecretStr("analyst")
    privacy_password: SecretStr = SecretStr("privacy")
    privacy_intake_password: SecretStr = SecretStr("privacy_intake")
    operator_password: SecretStr = SecretStr("operator")
    watcher_password: SecretStr = SecretStr("watcher")
    dagster_password: SecretStr = SecretStr("dagster")

    # events; without brokers it is the embedded Kafka
    kafka_bootstrap: Brokers = ""
    kafka_port: Port = 19092
    kafka_controller_port: Port = 19093
    # plaintext, for this machine and for brokers of a network of their own; sasl_ssl: TLS, and a user for each kind of
    # work, see docs/tls.md
    kafka_security: Literal["plaintext", "sasl_ssl"] = "plaintext"
    kafka_authority: OptionalPath = (
        None  # PEM of who signed the brokers' certificates, where this machine does not know
    )
    collector_kafka_password: SecretStr = SecretStr("")
    stream_kafka_password: SecretStr = SecretStr("")
    lander_kafka_password: SecretStr = SecretStr("")
    watcher_kafka_password: SecretStr = SecretStr("")
    tls_only: bool = False  # True: nothing starts while Postgres or Kafka would be reached without TLS
    clicks_topic: str = "clicks.v1"
    clicks_bad_topic: str = "clicks.bad.v1"
    clicks_partitions: int = Field(default=2, ge=1)
    clicks_topic_days: int = Field(default=7, ge=1)  # in the embedded Kafka: lander and stream may be down for a while
    # older days of raw events leave for Parquet: a year and a month stay comparable
    clicks_live_days: int = Field(default=400, ge=1)
    # then nobody has a click any more, in raw, archive, marts or serving: 25 months, as the CNIL advises
    clicks_days: int = Field(default=760, ge=1, validate_default=True)
    deleted_customer_days: int = Field(default=30, ge=1)  # whom the shop deleted: should that be taken back
    order_person_days: int = Field(default=3_653, ge=1)  # then an order is nobody's: ten years, as accounts are kept
    # the bytes of a refused event, to mend it and land it again, and of a conflicting repeat; then only why is known
    bad_event_days: int = Field(default=14, ge=1)
    collector_port: Port = 18080
    write_key: str = "demo"  # sent by every client of the collector; browsers know it, so it is public
    allowed_origins: Annotated[list[Origin], *Listed] = Field(default_factory=list)
    pseudonym_key: SecretStr = SecretStr("change-me")
    # True: a userId in a click counts only when the shop signed it, or with the server key; see docs/clients.md
    signed_user_ids: bool = False
    user_id_secret: SecretStr = SecretStr("sign-me")
    server_key: SecretStr = SecretStr("")  # in place of the write key, by the shop's own servers alone; none: not taken
    suppression_key: SecretStr = SecretStr("change-me-too")  # of the list of who was erased: a new one loses the list
    # the consent tool's own categories, beside the usual ones of collector/consent.py
    consent_categories: dict[str, Literal["analytics", "personalisation"]] = Field(default_factory=dict)
    # what one visitor and one address may send the collector: on average, and at once after a pause
    visitor_events_per_second_limit: float = Field(default=20, gt=0)
    visitor_events_burst: int = Field(default=1_000, ge=1)  # a tracker sends up to 500 after it was offline
    address_events_per_second_limit: float = Field(default=500, gt=0)
    address_events_burst: int = Field(default=20_000, ge=1)  # an office or a mobile network is one address
    # what one address may ask the storefront for, pages and their files included
    address_requests_per_second_limit: float = Field(default=100, gt=0)
    address_requests_burst: int = Field(default=2_000, ge=1)
    # sites whose scripts may read the storefront's API (CORS); a script of the shop's own pages always may
    storefront_origins: Annotated[list[ReadingOrigin], *Listed] = Field(default_factory=list)
    # your own servers, which send and ask for many visitors; for the demo also this machine. Not by default for a real
    # shop: a proxy on this machine that does not say whose requests it passes on would free everyone of limits
    unlimited_networks: Annotated[list[Network], *Listed] = Field(default_factory=list)
    trusted_proxies: Annotated[list[str], *Listed] = Field(default_factory=lambda: ["127.0.0.1", "::1"])

    # shop
    # True: the demo shop, its proxy and its certificate, and values that everybody knows for passwords and keys.
    # False: a real shop, and those values are refused.
    demo_shop: bool = True
    shop_platform: ShopPlatform = "shopify"
    shop_name: str = "comptoir-demo"  # Shopify: what stands before .myshopify.com
    shop_url: OptionalUrl = None  # Magento: the shop's address without a path, https://shop.example
    shop_store_view: str = "default"  # Magento: the store view whose names and prices are read
    # the shop's own domains beside those above, whose links bring nobody: shop.example.com, help.shop.example.com
    shop_hosts: Annotated[list[Host], *Listed] = Field(default_factory=list)
    # Shopify: who sees what is for sale. `online_store`: what is published there, or everything active where nothing
    # is; `any`: everything active, for a shop that sells by other channels
    sales_channel: Literal["online_store", "any"] = "online_store"
    shop_start_date: date = date(2020, 1, 1)
    # Shopify: a custom app's token; Magento: an integration's access token
    shop_api_password: SecretStr = SecretStr("demo-token")
    # Shopify, instead of a token: an app of the Dev Dashboard, which gets a token for each day
    shop_client_id: str = ""
    shop_client_secret: SecretStr = SecretStr("")
    shop_timezone: TimeZone = "Europe/Paris"
    shop_currency: Currency = "EUR"
    # a shop that moved to another currency: units of today's for one unit of a past one. Euro's fixed rates are known
    past_currencies: dict[Currency, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)
    # of Shopify's privacy webhooks: the app's client secret, and while it is rotated the old one too; none: not served
    webhook_secrets: Annotated[list[SecretStr], *Listed] = Field(default_factory=list)
    privacy_port: Port = 18082
    # how often every key of the shop is compared with raw, which finds deletions that the shop does not report
    key_comparison_hours: float = Field(default=24, ge=0)
    deleted_share_limit: Share = 0.5  # a larger share of a stream deleted at once is not believed

    # an Airbyte server that reads the shop; without a URL the connector runs here, as a subprocess
    airbyte_url: OptionalUrl = None  # https://airbyte.example.com, or https://api.airbyte.com for Cloud
    airbyte_client_id: str = ""  # of an application in Airbyte; or user name and password
    airbyte_client_secret: SecretStr = SecretStr("")
    airbyte_username: str = ""
    airbyte_password: SecretStr = SecretStr("")
    airbyte_workspace: str = ""  # name or id, when there are several
    airbyte_connection: str = ""  # its name in Airbyte, "Comptoir <platform>" by default; made when missing
    airbyte_database_url: DatabaseUrl = None  # the warehouse as the server reaches it, when that differs

    # the demo shop and its visitors
    demo_shop_port: Port = 18443
    demo_proxy_port: Port = 18444
    demo_seed: int = 7
    demo_kind: Literal["usual", "hard"] = (
        "usual"  # hard: yen, gift cards, duties, several currencies; see docs/sales.md
    )
    replay_speed: float = Field(default=40_000, gt=0)  # `comptoir demo --data`: seconds of the data's time per second
    visitor_events_per_second: float = Field(default=3.0, gt=0)  # what the demo's visitors send while it runs

    # what people open
    storefront_port: Port = 18081
    dashboard_port: Port = 18501
    dashboard_public_url: OptionalUrl = None  # where readers of reports open it, when that is not host and port
    dagster_port: Port = 13000
    dagster_code_port: Port = 13001  # the code server that the web server, the daemon and the runs share

    # orchestration
    schedules_run: bool = True  # False: schedules and sensors wait until they are switched on in the UI

    # alerts; see docs/runbook.md
    # channel → address of apprise (mailto://, slack://, workflows:// = Teams, json:// = webhook) or file:///path; none:
    # a file in the data folder
    alert_channels: dict[str, SecretStr] = Field(default_factory=dict)
    alert_routes: dict[str, list[str]] = Field(default_factory=dict)  # owner → channels; an owner without: all channels
    alert_quiet_hours: OptionalQuietHours = None  # 22:00-07:00 in the shop's time zone: warnings wait, errors do not
    # what runs at this host and these ports, and so must answer
    watched_processes: Annotated[list[WatchedProcess], *Listed] = Field(
        default_factory=lambda: list(get_args(WatchedProcess))
    )
    watched_certificates: Annotated[list[str], *Listed] = Field(default_factory=list)  # host:port, or a PEM file
    disk_free_limit: Share = 0.1  # less free space is a warning, a third of it an error
    bad_events_limit: Share = 0.05  # of the events of an hour
    stream_lag_limit: int = Field(default=20_000, ge=1)  # events that the stream has not read
    operations_port: Port = 18083  # Data Docs of the gates, and metrics
    run_days: int = Field(default=90, ge=1)  # older runs leave Dagster with their events

    # stream
    spark_master: str = "local[2]"
    spark_environment: OptionalPath = None  # an archive of a Python environment to ship to a cluster's executors
    spark_index_tasks: int = Field(default=8, ge=1)  # of each shuffle of the pair index; two or three a core
    stream_max_offsets_per_trigger: int = Field(default=20_000, ge=1)
    # milliseconds between the beginnings of two batches: what an event waits at most, and what small batches cost
    stream_interval_ms: int = Field(default=100, ge=1)
    stream_spread_from: int = Field(default=10_000, ge=1)  # records from which all workers share a batch
    # share of visitors without personal recommendations, the control group of the experiment
    control_share: Share = 0.0
    # their products are used up, so they may be recommended again to visitors who just bought one
    consumable_categories: Annotated[list[str], *Listed] = Field(default_factory=lambda: ["Ink & paper", "Batteries"])

    @field_validator("clicks_days")
    @classmethod
    def _clicks_end_after_they_left(cls, days: int, others: ValidationInfo) -> int:
        """The stream's counts are compared with raw, so an event leaves raw first."""
        live_days = others.data.get("clicks_live_days", 0)
        if days <= live_days:
            raise ValueError(f"write a number greater than COMPTOIR_CLICKS_LIVE_DAYS, which is {live_days}")
        return days

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
        if not self._knows(password):
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
        if self.shop_platform == "shopify":
            found.append(f"{self.shop_name}.myshopify.com")
        return sorted({host.lower().removeprefix("www.") for host in found if host})

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's `host:port` list."""
        return self.kafka_bootstrap or f"{self.host}:{self.kafka_port}"

    def kafka_as(self, user: KafkaUser) -> KafkaAccess:
        """Kafka for one user. Raises SettingsError in a process that was not given its password."""
        if self.kafka_security == "plaintext":
            return KafkaAccess(self.bootstrap_servers)
        setting = f"{user}_kafka_password"
        if not self._knows(setting):
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
        return f"http://{self.host}:{self.collector_port}"

    @property
    def storefront_url(self) -> str:
        """The demo shop's pages, search and recommendations."""
        return f"http://{self.host}:{self.storefront_port}"

    @property
    def dashboard_url(self) -> str:
        """The dashboard of the BI team."""
        return f"http://{self.host}:{self.dashboard_port}"

    @property
    def dashboard_address(self) -> str:
        """The dashboard as links in reports name it."""
        return str(self.dashboard_public_url).rstrip("/") if self.dashboard_public_url else self.dashboard_url

    @property
    def dagster_url(self) -> str:
        """Dagster's web server."""
        return f"http://{self.host}:{self.dagster_port}"

    @property
    def operations_url(self) -> str:
        """Data Docs of the gates, and metrics; served by the watcher of alerts."""
        return f"http://{self.host}:{self.operations_port}"

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

    def mistakes(self) -> list[str]:
        """A sentence for each setting that is empty, has the demo's value or leaves a way open."""
        if self.demo_shop:
            return self._open_ways()
        needed = [*map(password_of, LOGINS), "pseudonym_key", "suppression_key", "write_key"]
        if not self.postgres_url:
            needed.append("owner_password")
        if not self.shop_client_id and not self.airbyte_url:
            needed.append("shop_api_password")
        if self.signed_user_ids:
            needed.append("user_id_secret")
        needed.append("shop_name" if self.shop_platform == "shopify" else "shop_url")
        if self.process:  # it was not given the others
            needed = [name for name in needed if name not in SECRET_SETTINGS or self._knows(name)]
        if self.kafka_security == "sasl_ssl":
            needed += [name for user in KAFKA_USERS if self._knows(name := f"{user}_kafka_password")]
        return [*self._open_ways(), *(mistake for name in needed if (mistake := self._mistake(name)))]

    def _knows(self, secret: str) -> bool:
        return not self.process or secret in SECRETS[self.process]

    def _open_ways(self) -> list[str]:
        if not self.tls_only:
            return []
        found = []
        if not self.postgres_url or split_url(str(self.postgres_url)).options.get("sslmode") != "verify-full":
            found.append(
                "COMPTOIR_POSTGRES_URL is reached without TLS: end it with ?sslmode=verify-full&sslrootcert=FILE."
            )
        if self.kafka_security != "sasl_ssl":
            found.append("COMPTOIR_KAFKA_SECURITY is 'plaintext': write sasl_ssl, see docs/tls.md.")
        return found

    def _mistake(self, name: str) -> str:
        value, of_demo = plain(getattr(self, name)), plain(Settings.model_fields[name].default)
        if value not in ("", of_demo):
            return ""
        remedy = "set your own, or let `comptoir up` generate one" if name in GENERATED else "set your own"
        return f"{variable(name)} is {'the value of the demo, which everybody knows' if value else 'empty'}: {remedy}."

    def confined(self) -> Self:
        """The settings of a named process: what was read of others' secrets, as from `.env`, is forgotten."""
        if not self.process:
            return self
        foreign = SECRET_SETTINGS - {"postgres_url", *SECRETS[self.process]}
        fields = type(self).model_fields
        return self.model_copy(update={name: fields[name].get_default(call_default_factory=True) for name in foreign})


def _secrets_of(kind: type[DataFolder]) -> frozenset[str]:
    """Names of the settings whose values are shown nowhere."""
    fields = kind.model_fields.items()
    return frozenset(name for name, field in fields if not field.repr or "Secret" in str(field.annotation))


SECRET_SETTINGS = _secrets_of(Settings)


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
    mistakes = settings.mistakes()
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
    hidden = _secrets_of(kind)
    return [sentence(each, is_secret=not hidden.isdisjoint(map(str, each["loc"]))) for each in error.errors()]


def child_environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process we start inherits: our environment with `changes`."""
    return {**os.environ, **(changes or {})}


def environment_without_secrets() -> dict[str, str]:
    """Our environment, for a process that is told its secrets otherwise."""
    secrets = {variable(name) for name in SECRET_SETTINGS}
    return {name: value for name, value in os.environ.items() if name not in secrets}


def secret_environment(settings: Settings, process: ProcessName) -> dict[str, str]:
    """The variables of a process's secrets that are set, with its name; and the warehouse's address without a login."""
    found: dict[str, str] = {variable("process"): process}
    for name in SECRETS[process]:
        value = getattr(settings, name)
        if value and name in settings.model_fields_set:
            found[variable(name)] = written(value)
    if settings.postgres_url:
        found[variable("postgres_url")] = without_login(str(settings.postgres_url))
    return found


@contextmanager
def changed_environment(changes: Mapping[str, str]) -> Iterator[None]:
    """`changes` for a library that reads the environment in this very process; put back afterwards."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
