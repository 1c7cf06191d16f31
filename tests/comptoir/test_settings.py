"""Settings: URLs follow from the parts, each role has its own; a mistake is one sentence that names its variable."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from comptoir.repository import REPOSITORY
from comptoir.setting_mistakes import SettingsError, variable
from comptoir.setting_secrets import mistakes_at_start
from comptoir.settings import Settings, get_settings


@pytest.fixture
def settings() -> Settings:
    return Settings(owner_password="o", storefront_password="s", reporter_password="r")


def test_the_embedded_server_is_the_default(settings: Settings) -> None:
    assert settings.database_url == "postgresql://comptoir:o@127.0.0.1:15432/comptoir"


def test_readers_log_in_as_themselves_on_the_embedded_server(settings: Settings) -> None:
    assert settings.database_url_as("storefront") == "postgresql://storefront:s@127.0.0.1:15432/comptoir"
    assert settings.database_url_as("reporter") == "postgresql://reporter:r@127.0.0.1:15432/comptoir"


def test_readers_log_in_as_themselves_on_a_server_given_by_url(settings: Settings) -> None:
    given = Settings(postgres_url="postgresql://me:p%40ss@db.example.com:6432/shop", reporter_password="r")
    assert given.database_url == "postgresql://me:p%40ss@db.example.com:6432/shop"
    assert given.database_url_as("reporter") == "postgresql://reporter:r@db.example.com:6432/shop"


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_COLLECTOR_PORT", "4242")
    assert Settings().collector_url == "http://127.0.0.1:4242"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SHOP_PLATFORM", "abacus", "COMPTOIR_SHOP_PLATFORM is 'abacus': write 'shopify' or 'magento'."),
        ("SHOP_START_DATE", "soon", "COMPTOIR_SHOP_START_DATE is 'soon': write a date as 2026-01-31."),
        ("SHOP_START_DATE", "31.01.2026", "COMPTOIR_SHOP_START_DATE is '31.01.2026': write a date as 2026-01-31."),
        ("SHOP_URL", "shop.example", "COMPTOIR_SHOP_URL is 'shop.example': write an address as https://example.com."),
        ("SHOP_TIMEZONE", "Paris", "COMPTOIR_SHOP_TIMEZONE is 'Paris': no such time zone: write one of the IANA"),
        ("SHOP_CURRENCY", "euro", "COMPTOIR_SHOP_CURRENCY is 'euro': write the three letters of ISO 4217, as EUR."),
        ("DEMO_SHOP", "maybe", "COMPTOIR_DEMO_SHOP is 'maybe': write true or false."),
        ("COLLECTOR_PORT", "web", "COMPTOIR_COLLECTOR_PORT is 'web': write a whole number."),
        ("COLLECTOR_PORT", "70000", "COMPTOIR_COLLECTOR_PORT is '70000': write a number of 65535 or less."),
        ("CONTROL_SHARE", "5", "COMPTOIR_CONTROL_SHARE is '5': write a number of 1.0 or less."),
        ("REFRESH_MINUTES", "7", "COMPTOIR_REFRESH_MINUTES is '7': write 10, 12, 15, 20, 30 or 60 minutes, or 0"),
        ("KAFKA_BOOTSTRAP", "broker", "COMPTOIR_KAFKA_BOOTSTRAP is 'broker': write Kafka's brokers as host:port"),
        ("ALLOWED_ORIGINS", "https://a.example/", "COMPTOIR_ALLOWED_ORIGINS is 'https://a.example/': write an origin"),
        ("ALLOWED_ORIGINS", '["https://a', "COMPTOIR_ALLOWED_ORIGINS is '[\"https://a': write a list as"),
        ("UNLIMITED_NETWORKS", "office", "COMPTOIR_UNLIMITED_NETWORKS is 'office': write a network as 10.0.0.0/8."),
    ],
)
def test_a_mistake_is_one_sentence_that_names_its_variable(
    environment: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    environment.setenv(f"COMPTOIR_{name}", value)
    with pytest.raises(SettingsError) as refused:
        get_settings()
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_every_mistake_is_reported_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("COMPTOIR_SHOP_PLATFORM", "abacus")
    environment.setenv("COMPTOIR_COLLECTOR_PORT", "web")
    with pytest.raises(SettingsError, match=r"COMPTOIR_COLLECTOR_PORT .*\n.*COMPTOIR_SHOP_PLATFORM"):
        get_settings()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://me:hunter/2@db/shop", "percent-encode it"),
        ("postgresql://me:hunter@2@db/shop", "percent-encode it"),
        ("postgresql://me:hunter#2@db/shop", "percent-encode it"),
        ("mysql://me:hunter2@db/shop", "it must begin with postgresql://"),
        ("postgresql://one,two/shop", "name one host"),
        ("postgresql:///shop", "it names no host"),
        ("postgresql://me@db/shop?user=hunter", "its option 'user' does not reach every client"),
    ],
)
def test_a_database_url_that_not_every_client_can_use_is_refused_without_its_password(
    environment: pytest.MonkeyPatch, url: str, what: str
) -> None:
    environment.setenv("COMPTOIR_POSTGRES_URL", url)
    with pytest.raises(SettingsError, match=what) as refused:
        get_settings()
    assert str(refused.value).startswith("COMPTOIR_POSTGRES_URL is not usable: ")
    assert "hunter@" not in str(refused.value) and "hunter2" not in str(refused.value)


def test_a_list_is_json_or_words_and_an_empty_address_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_ALLOWED_ORIGINS", "https://a.example, https://b.example:8443")
    monkeypatch.setenv("COMPTOIR_CONSUMABLE_CATEGORIES", '["Ink, paper"]')
    for name in ("POSTGRES_URL", "SHOP_URL", "ARCHIVE"):
        monkeypatch.setenv(f"COMPTOIR_{name}", "")
    settings = Settings()
    assert settings.allowed_origins == ["https://a.example", "https://b.example:8443"]
    assert settings.consumable_categories == ["Ink, paper"]
    assert settings.postgres_url is settings.shop_url is settings.archive is None
    assert settings.shop_start_date == date(2020, 1, 1)


def test_an_address_is_kept_as_it_was_written() -> None:
    url = "postgresql://me:p%40ss@db.example.com/shop?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem"
    settings = Settings(postgres_url=url, shop_url="https://shop.example")
    assert (settings.database_url, str(settings.shop_url)) == (url, "https://shop.example")


def test_a_misspelled_platform_is_refused_where_settings_are_made() -> None:
    with pytest.raises(ValidationError, match="'shopify' or 'magento'"):
        Settings(shop_platform="abacus")


def test_the_example_names_only_settings_and_its_values_are_valid(tmp_path: Path) -> None:
    example = (REPOSITORY / ".env.example").read_text()
    lines = re.findall(r"^# (COMPTOIR_[A-Z_]+)=(.*)$", example, re.MULTILINE)
    known = {variable(name) for name in [*Settings.model_fields, "yardstick", "yardstick_data"]}
    assert {name for name, _ in lines} <= known
    assert known - {name for name, _ in lines} == {
        "COMPTOIR_PROCESS",  # of one process, never of all
        # nobody changes these on one installation
        *("COMPTOIR_LIB_DIR", "COMPTOIR_POSTGRES_DATABASE", "COMPTOIR_CLICKS_TOPIC", "COMPTOIR_CLICKS_BAD_TOPIC"),
        *("COMPTOIR_CLICKS_PARTITIONS", "COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER"),
        # explained in the line of their neighbour
        *("COMPTOIR_AIRBYTE_USERNAME", "COMPTOIR_AIRBYTE_PASSWORD"),
        *("COMPTOIR_VISITOR_EVENTS_BURST", "COMPTOIR_ADDRESS_EVENTS_BURST", "COMPTOIR_ADDRESS_REQUESTS_BURST"),
    }
    file = tmp_path / ".env"
    file.write_text("\n".join(f"{name}={value}" for name, value in lines))
    settings = Settings(_env_file=file)
    assert mistakes_at_start(settings) == []
    assert (settings.shop_platform, settings.airbyte_workspace) == ("magento", "Default Workspace")
    assert settings.consumable_categories == ["Ink & paper"]


def test_this_machine_is_without_limits_only_for_the_demo() -> None:
    """A proxy on this machine that does not say whose requests it passes on would free everyone."""
    assert "127.0.0.0/8" in Settings(demo_shop=True).networks_without_limits
    assert Settings(demo_shop=False).networks_without_limits == []
    assert Settings(demo_shop=False, unlimited_networks=["10.0.0.0/8"]).networks_without_limits == ["10.0.0.0/8"]


def test_a_named_process_knows_its_own_secrets_and_no_others(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("COMPTOIR_STREAM_PASSWORD=of-the-file\nCOMPTOIR_OWNER_PASSWORD=of-the-file\n")
    environment.setenv("COMPTOIR_PROCESS", "stream")
    environment.setenv("COMPTOIR_STREAM_PASSWORD", "its own")
    environment.setenv("COMPTOIR_LOADER_PASSWORD", "another's")
    settings = get_settings()
    assert "its%20own@" in settings.database_url_as("stream")
    assert settings.loader_password.get_secret_value() == "loader", "what it was not meant to know is forgotten"
    with pytest.raises(SettingsError, match="The process stream may not log in as loader"):
        settings.database_url_as("loader")
    with pytest.raises(SettingsError, match="may not log in as the owner"):
        _ = settings.database_url


def test_a_process_may_listen_elsewhere(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("COMPTOIR_HOSTS", '{"collector": "10.0.0.5"}')
    settings = get_settings()
    assert settings.host_of("collector") == "10.0.0.5" and settings.collector_url.startswith("http://10.0.0.5:")
    assert settings.host_of("dashboard") == "127.0.0.1"
    environment.setenv("COMPTOIR_HOSTS", '{"collecter": "10.0.0.5"}')
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="COMPTOIR_HOSTS"):
        get_settings()


def test_each_kind_of_work_is_a_user_of_kafka(environment: pytest.MonkeyPatch) -> None:
    settings = Settings(kafka_bootstrap="k:9093", kafka_security="sasl_ssl", stream_kafka_password='p"w')
    access = settings.kafka_as("stream")
    assert f"{access}" == "k:9093" and 'p"w' not in repr(access)
    assert access.for_python["security_protocol"] == "SASL_SSL" and access.for_python["sasl_plain_password"] == 'p"w'
    assert r'username="stream" password="p\"w";' in access.for_java["sasl.jaas.config"]
    assert Settings(kafka_bootstrap="k:9092").kafka_as("stream").for_java == {"bootstrap.servers": "k:9092"}
    environment.setenv("COMPTOIR_PROCESS", "collector")
    environment.setenv("COMPTOIR_KAFKA_SECURITY", "sasl_ssl")
    environment.setenv("COMPTOIR_KAFKA_BOOTSTRAP", "k:9093")
    with pytest.raises(SettingsError, match="collector may not log in to Kafka as lander"):
        get_settings().kafka_as("lander")
