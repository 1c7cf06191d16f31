"""The only place where the environment is read, handed on or changed.

Sources, first wins: environment variables `COMPTOIR_*`, `.env` beside the repository,
`<data_dir>/secrets.env` (generated once by `comptoir up`), the defaults below.
See `.env.example` for the settings people change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("COMPTOIR_DATA_DIR", REPOSITORY / ".comptoir")).resolve()


SHOP_PLATFORMS = ("shopify", "magento")


class Settings(BaseSettings):
    """Everything that differs between machines. Ports are TCP on `host`; durations are in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="COMPTOIR_",
        env_file=(DATA_DIR / "secrets.env", DATA_DIR / "ports.env", REPOSITORY / ".env"),
        extra="ignore",
    )

    # where things live
    data_dir: Path = DATA_DIR  # what the running stack writes; `make clean` forgets it
    lib_dir: Path = REPOSITORY / ".lib"  # what `make setup` fetches: jars, connectors, Shopify's schema
    archive: Path | None = None  # where old days of raw events go, data_dir/archive by default
    host: str = "127.0.0.1"

    # warehouse; an empty URL means the embedded server
    postgres_url: str = ""
    postgres_port: int = 15432
    postgres_database: str = "comptoir"
    owner_password: str = "comptoir"  # replaced by `comptoir up` in secrets.env
    storefront_password: str = "storefront"
    reporter_password: str = "reporter"

    # events
    kafka_bootstrap: str = ""
    kafka_port: int = 19092
    kafka_controller_port: int = 19093
    clicks_topic: str = "clicks.v1"
    clicks_bad_topic: str = "clicks.bad.v1"
    clicks_partitions: int = 2
    clicks_live_days: int = 400  # older days of raw events leave for Parquet: a year and a month stay comparable
    collector_port: int = 18080
    write_key: str = "demo"
    allowed_origins: list[str] = Field(default_factory=list)
    pseudonym_key: str = "change-me"
    # what one visitor and one address may send the collector: for long, and at once after a pause
    visitor_events_per_second_limit: float = 20
    visitor_events_burst: int = 1_000  # a tracker hands over up to 500 after it was offline
    address_events_per_second_limit: float = 500
    address_events_burst: int = 20_000  # an office or a mobile network is one address
    unlimited_networks: list[str] = Field(default_factory=lambda: ["127.0.0.0/8", "::1/128"])  # your own servers
    trusted_proxies: list[str] = Field(default_factory=lambda: ["127.0.0.1", "::1"])

    # shop
    shop_platform: str = "shopify"  # one of SHOP_PLATFORMS
    shop_name: str = "comptoir-demo"  # Shopify: what stands before .myshopify.com
    shop_url: str = ""  # Magento: the shop's address without a path, https://shop.example
    shop_store_view: str = "default"  # Magento: the store view whose names and prices are read
    shop_start_date: str = "2020-01-01"
    shop_api_password: str = "demo-token"  # Shopify: a custom app's token; Magento: an integration's access token
    # Shopify, instead of a token: an app of the Dev Dashboard, which gets a token for each day
    shop_client_id: str = ""
    shop_client_secret: str = ""
    shop_timezone: str = "Europe/Paris"
    shop_currency: str = "EUR"
    # of Shopify's privacy webhooks: the app's client secret, and while it is rotated the old one too; none: not served
    webhook_secrets: list[str] = Field(default_factory=list)
    privacy_port: int = 18082
    key_comparison_hours: float = 24  # how often every key of the shop is compared with raw: finds silent deletions
    deleted_share_limit: float = Field(default=0.5, ge=0, le=1)  # more of a stream gone at once is not believed
    # an Airbyte server that reads the shop; an empty URL: the connector runs here, as a subprocess
    airbyte_url: str = ""  # https://airbyte.example.com, or https://api.airbyte.com for Cloud
    airbyte_client_id: str = ""  # of an application in Airbyte; or user name and password
    airbyte_client_secret: str = ""
    airbyte_username: str = ""
    airbyte_password: str = ""
    airbyte_workspace: str = ""  # name or id, when there are several
    airbyte_connection: str = ""  # its name in Airbyte, "Comptoir <platform>" by default; made when missing
    airbyte_database_url: str = ""  # the warehouse as the server reaches it, when that differs
    demo_shop: bool = True  # False: a real shop, so no proxy, no demo certificate
    demo_shop_port: int = 18443
    demo_proxy_port: int = 18444
    demo_seed: int = 7
    replay_speed: float = 40_000  # `make demo DATA=`: seconds of the data's time per second
    visitor_events_per_second: float = 3.0  # what the demo's visitors send while it runs

    # faces
    storefront_port: int = 18081
    dashboard_port: int = 18501
    dagster_port: int = 13000
    dagster_code_port: int = 13001  # the code server that the web server, the daemon and the runs share

    # orchestration
    schedules_run: bool = True  # False: schedules and sensors wait until they are switched on in the UI

    # stream
    spark_master: str = "local[2]"
    stream_max_offsets_per_trigger: int = 20_000
    # of the visitors, who are shown what a stranger is shown: what personal recommendations are measured against
    control_share: float = Field(default=0.0, ge=0, le=1)
    # categories of what is used up: a product of these may be recommended again to who just bought it
    consumable_categories: list[str] = Field(default_factory=lambda: ["Ink & paper", "Batteries"])

    # tests and benchmarks
    vendor_schemas: Path | None = None  # a folder with the vendors' own schemas, to hold the demo shop against
    yardstick: Path | None = None  # a next-item yardstick (recs_yardstick.py) for `make bench ONLY=quality`
    yardstick_data: Path | None = None  # the folder with its data sets

    @property
    def database_url(self) -> str:
        """URL of the warehouse as its owner, for loading and transforming."""
        return self.postgres_url or self._embedded_url("comptoir", self.owner_password)

    @property
    def storefront_database_url(self) -> str:
        """URL of the warehouse as the read-only `storefront` role."""
        return self._as_role("storefront", self.storefront_password)

    @property
    def reporter_database_url(self) -> str:
        """URL of the warehouse as the read-only `reporter` role."""
        return self._as_role("reporter", self.reporter_password)

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's `host:port` list."""
        return self.kafka_bootstrap or f"{self.host}:{self.kafka_port}"

    @property
    def collector_url(self) -> str:
        return f"http://{self.host}:{self.collector_port}"

    @property
    def storefront_url(self) -> str:
        return f"http://{self.host}:{self.storefront_port}"

    @property
    def dashboard_url(self) -> str:
        return f"http://{self.host}:{self.dashboard_port}"

    @property
    def dagster_url(self) -> str:
        return f"http://{self.host}:{self.dagster_port}"

    @property
    def demo_shop_url(self) -> str:
        return f"https://{self.host}:{self.demo_shop_port}"

    @property
    def demo_shop_dir(self) -> Path:
        """The demo shop's own files: its SQLite database and its certificate authority (`ca.pem`)."""
        return self.data_dir / "demo_shop"

    @property
    def search_index_dir(self) -> Path:
        return self.data_dir / "search_index"

    @property
    def tableau_dir(self) -> Path:
        """The Tableau data sources and workbook, written anew by each daily run."""
        return self.data_dir / "tableau"

    @property
    def data_docs_dir(self) -> Path:
        """Data Docs of the last run of each gate, a folder a layer; `index.html` is their first page."""
        return self.data_dir / "data_docs"

    @property
    def archive_dir(self) -> Path:
        """Parquet files of old days, by table and day; `comptoir clean` forgets them with the rest."""
        return self.archive or self.data_dir / "archive"

    @property
    def checkpoint_dir(self) -> Path:
        return self.data_dir / "checkpoint"

    @property
    def spark_jars_dir(self) -> Path:
        return self.lib_dir / "spark"

    @property
    def kafka_jars_dir(self) -> Path:
        return self.lib_dir / "kafka"

    @property
    def shopify_schema_file(self) -> Path:
        """Introspection of Shopify's Admin API, taken from the npm package at set-up."""
        return self.lib_dir / "shopify" / "admin_2026-10.json.gz"

    @property
    def connector_venv(self) -> Path:
        """The Airbyte connectors' own environment; they cannot share ours."""
        return self.lib_dir / "airbyte"

    @property
    def bench_venv(self) -> Path:
        """What the benchmarks compare with, in an environment of its own."""
        return self.lib_dir / "bench"

    def _embedded_url(self, user: str, password: str) -> str:
        return f"postgresql://{user}:{password}@{self.host}:{self.postgres_port}/{self.postgres_database}"

    def _as_role(self, role: str, password: str) -> str:
        if not self.postgres_url:
            return self._embedded_url(role, password)
        address = self.postgres_url.rpartition("@")[2]
        return f"postgresql://{role}:{password}@{address}"


def child_environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process we start inherits: our environment with `changes`."""
    return {**os.environ, **(changes or {})}


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


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
