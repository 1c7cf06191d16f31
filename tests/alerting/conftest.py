"""Settings with two channels, a webhook and a file, and a platform that is watched with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from comptoir.settings import Settings
from tests.support.alerted_platform import Platform
from tests.support.receivers import Webhook, serving


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    with serving(webhook):
        yield webhook


@pytest.fixture
def settings(database: str, tmp_path: Path, webhook: Webhook) -> Settings:
    channels = {"hook": SecretStr(webhook.url), "file": SecretStr(f"file://{tmp_path}/alerts.log")}
    return Settings(postgres_url=database, data_dir=tmp_path, alert_channels=channels)


@pytest.fixture
def platform(settings: Settings) -> Platform:
    return Platform(settings)
