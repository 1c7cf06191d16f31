"""A real shop starts with secrets of its own only, and with nothing reached in the open."""

from __future__ import annotations

from pathlib import Path

import pytest

from comptoir.logins import LOGINS
from comptoir.setting_mistakes import SettingsError, variable
from comptoir.setting_secrets import GENERATED
from comptoir.settings import Settings, data_dir, get_settings, settings_at_start


def test_a_real_shop_does_not_start_with_the_secrets_of_the_demo(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("COMPTOIR_DEMO_SHOP", "false")
    environment.setenv("COMPTOIR_WRITE_KEY", "")
    with pytest.raises(SettingsError) as refused:
        settings_at_start()
    sentences = str(refused.value).splitlines()
    assert [sentence.partition(" ")[0] for sentence in sentences] == [
        *(f"COMPTOIR_{login.upper()}_PASSWORD" for login in LOGINS),
        "COMPTOIR_PSEUDONYM_KEY",
        "COMPTOIR_SUPPRESSION_KEY",
        "COMPTOIR_WRITE_KEY",
        "COMPTOIR_OWNER_PASSWORD",
        "COMPTOIR_SHOP_API_PASSWORD",
        "COMPTOIR_SHOP_NAME",
    ]
    assert "is empty: set your own." in sentences[len(LOGINS) + 2]
    assert all("set your own" in sentence for sentence in sentences)
    assert get_settings().demo_shop is False  # enough to load the graph or to parse dbt's project


def test_a_real_shop_starts_with_secrets_of_its_own(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("".join(f"{variable(name)}=p@ss/w#rd\n" for name in GENERATED))
    own = {"DEMO_SHOP": "false", "WRITE_KEY": "public", "SHOP_NAME": "my-store", "SHOP_CLIENT_ID": "app"}
    for name, value in own.items():
        environment.setenv(f"COMPTOIR_{name}", value)
    settings = settings_at_start()
    assert settings.data_dir == data_dir() == tmp_path
    assert settings.pseudonym_key.get_secret_value() == "p@ss/w#rd"
    assert settings.database_url_as("reporter") == "postgresql://reporter:p%40ss%2Fw%23rd@127.0.0.1:15432/comptoir"


def test_no_secret_is_in_the_settings_as_text() -> None:
    secret = Settings(
        postgres_url="postgresql://me:hunter2@db/shop",
        airbyte_database_url="postgresql://me:hunter2@db/shop",
        pseudonym_key="hunter2",
        webhook_secrets=["hunter2"],
    )
    assert "hunter2" not in f"{secret!r} {secret}"


def test_a_named_process_of_a_real_shop_starts_with_its_own_secrets_only(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("COMPTOIR_DEMO_SHOP", "false")
    environment.setenv("COMPTOIR_SHOP_NAME", "my-store")
    environment.setenv("COMPTOIR_WRITE_KEY", "ours")
    environment.setenv("COMPTOIR_PROCESS", "dashboard")
    with pytest.raises(SettingsError, match=r"^COMPTOIR_REPORTER_PASSWORD is the value of the demo[^\n]*$"):
        settings_at_start()
    environment.setenv("COMPTOIR_REPORTER_PASSWORD", "ours")
    get_settings.cache_clear()
    assert settings_at_start().process == "dashboard"


def test_with_tls_only_nothing_starts_while_a_way_is_open(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("COMPTOIR_TLS_ONLY", "true")
    with pytest.raises(SettingsError) as refused:
        settings_at_start()
    assert [line.split()[0] for line in str(refused.value).splitlines()] == [
        "COMPTOIR_POSTGRES_URL",
        "COMPTOIR_KAFKA_SECURITY",
    ]
    for half in ("require", "verify-ca"):  # anybody with a certificate could answer
        environment.setenv("COMPTOIR_POSTGRES_URL", f"postgresql://me:secret@db/shop?sslmode={half}")
        get_settings.cache_clear()
        with pytest.raises(SettingsError, match="COMPTOIR_POSTGRES_URL is reached without TLS"):
            settings_at_start()
    environment.setenv("COMPTOIR_POSTGRES_URL", "postgresql://me:secret@db/shop?sslmode=verify-full")
    environment.setenv("COMPTOIR_KAFKA_SECURITY", "sasl_ssl")
    get_settings.cache_clear()
    assert settings_at_start().tls_only
