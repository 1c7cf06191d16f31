"""A built small shop with planted customers (planted.py), and what is done to it while they are forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from pydantic import PostgresDsn, SecretStr

from benchmarks.support.servers import OPEN_PASSWORDS
from comptoir.postgres_url import with_login
from comptoir.settings import Settings
from ingestion.clickstream.records import Position, read_record, record_at
from local.forgetting import Forgetting
from privacy.requests import request_of
from tests.support.dbt_in_process import DbtOutcome
from tests.support.landing import TOPIC, execute, rows
from tests.support.planted import Planted, found, plant
from tests.support.warehouse_fixtures import PSEUDONYM_KEY, make_small_shop, run_dbt

BUILD = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
SALES = """
    select currency, sum(net_sales_amount), count(*), sum(orders_count)
    from marts.mart_daily_sales group by 1 order by 1
"""


class PlantedShop:
    """A warehouse that is built, with these people in every store."""

    def __init__(self, url: str, folder: Path, people: Sequence[Planted]) -> None:
        self.url, self.folder = url, folder
        self.settings = Settings(
            data_dir=folder / "data", postgres_url=PostgresDsn(url), pseudonym_key=SecretStr(PSEUDONYM_KEY)
        )
        self.forgetting = Forgetting(self.settings)
        make_small_shop(url)
        self.values = plant(url, self.settings.archive_dir, people)
        self.build()
        self.sales = rows(url, SALES)

    def by_webhook(self, person: Planted, topic: str, handled: str) -> None:
        """As privacy/webhooks.py stores what the shop sends."""
        execute(
            self.url,
            "insert into pii.privacy_requests"
            " (webhook_id, topic, shop_domain, customer_id, payload, due_at, handled_at)"
            f" values (%s, %s, 'shop', %s, %s, now() + interval '30 days', {handled})",
            f"webhook-{topic}", topic, person.customer_id, json.dumps({"customer": {"id": person.customer_id}}),
        )  # fmt: skip

    def try_dbt(self, *arguments: str) -> DbtOutcome:
        """Run dbt as its own login."""
        transformer = with_login(self.url, "transformer", OPEN_PASSWORDS["transformer"])
        return run_dbt(transformer, self.folder / "dbt", *arguments)

    def dbt(self, *arguments: str) -> None:
        """Run dbt; everything must be green."""
        outcome = self.try_dbt(*arguments)
        assert outcome.returncode == 0, outcome.stdout

    def build(self, *options: str) -> None:
        """Seeds, models and snapshots, without their tests."""
        self.dbt(*BUILD, *options)

    def erase(self, person: Planted) -> dict[str, int]:
        """As `comptoir privacy erase NUMBER --apply`."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            request = request_of(connection, "customers/redact", person.customer_id)
        return self.forgetting.erase([request.request_id], self.forgetting.subject(str(person.customer_id)))

    def found(self, words: Iterable[str]) -> list[tuple[str, str]]:
        """(place, word) in every byte of the database and the data folder."""
        return found(self.url, self.settings.data_dir, words)

    def records(self) -> list[Any]:
        """The people's records, read as the lander does."""
        return [read_record(record_at(Position(TOPIC, 0, n), value)) for n, value in enumerate(self.values)]
