"""Every setting, its type and its default: a line is a variable `COMPTOIR_*`. See `.env.example` for the usual ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from comptoir.logins import ProcessName
from comptoir.repository import REPOSITORY
from comptoir.setting_types import (
    Brokers,
    Currency,
    DatabaseUrl,
    EachOnce,
    Face,
    Host,
    Listed,
    Network,
    OptionalPath,
    OptionalQuietHours,
    OptionalUrl,
    Origin,
    Port,
    PriceList,
    ReadingOrigin,
    RefreshMinutes,
    SearchLanguage,
    Share,
    ShopPlatform,
    TimeZone,
    WatchedProcess,
)


class DataFolder(BaseSettings):
    """Where the running stack writes. Known before the files in it are read."""

    model_config = SettingsConfigDict(env_prefix="COMPTOIR_", extra="ignore", url_preserve_empty_path=True)

    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = REPOSITORY / ".comptoir"  # `comptoir clean` deletes it


class SettingFields(DataFolder):
    """Everything that differs between machines. Ports are TCP on `host`; durations are in seconds."""

    # which process of the stack this is; empty: a command of an operator, who may know everything
    process: ProcessName | Literal[""] = ""

    # where things are
    lib_dir: Path = REPOSITORY / ".lib"  # what `make setup` fetches: jars, connectors, Shopify's schema
    archive: OptionalPath = None  # where old days of raw events go, data_dir/archive by default
    host: str = "127.0.0.1"
    # a process that listens elsewhere, such as the collector for a proxy on another machine: {"collector": "10.0.0.5"}
    hosts: dict[Face, str] = Field(default_factory=dict)

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
    privacy_kafka_password: SecretStr = SecretStr("")
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
    # whose prices search knows beside the shop's own: currencies of Shopify's markets, or Magento's customer groups
    price_lists: Annotated[tuple[PriceList, ...], *Listed, EachOnce] = ()
    # whose stems and stop words the search knows; the index is built again when they change
    search_languages: Annotated[tuple[SearchLanguage, ...], *Listed, EachOnce] = Field(
        default=("en", "fr"), min_length=1
    )
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
    # of Shopify's webhooks: the app's client secret, and while it is rotated the old one too; none: not served
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
    dagster_for_readers: bool = False  # a second web server, whose visitors start and change nothing
    dagster_readers_port: Port = 13002

    # orchestration
    refresh_minutes: RefreshMinutes = 0  # marts also this often: 10, 12, 15, 20, 30 or 60; 0: by the daily run alone
    code_url: OptionalUrl = (
        None  # the repository that runs here, as https://github.com/you/shop: assets link to their code
    )
    code_branch: str = "main"  # of it; a commit is as good
    schedules_run: bool = True  # False: schedules and sensors wait until they are switched on in the UI

    # Tableau Server or Cloud, where the packaged workbook is published each day; none: nothing is published
    tableau_server: OptionalUrl = None
    tableau_site: str = ""  # its content URL; "" is a server's default site
    tableau_project: str = "Comptoir"
    tableau_token_name: str = ""  # of a personal access token
    tableau_token: SecretStr = SecretStr("")

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
    # what the machine costs, for `comptoir cost`; 0: in cores and megabytes alone
    machine_euros_a_month: Decimal = Field(default=Decimal(0), ge=0)
    run_days: int = Field(default=90, ge=1)  # older runs leave Dagster with their events

    # stream
    spark_master: str = "local[2]"
    spark_environment: OptionalPath = None  # an archive of a Python environment to ship to a cluster's executors
    spark_index_tasks: int = Field(default=8, ge=1)  # of each shuffle of the pair index; two or three a core
    stream_max_offsets_per_trigger: int = Field(default=20_000, ge=1)
    # milliseconds between the beginnings of two batches: what an event waits at most, and what small batches cost
    stream_interval_ms: int = Field(default=125, ge=1)
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
