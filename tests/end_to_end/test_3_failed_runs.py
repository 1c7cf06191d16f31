"""Runs that fail publish nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from comptoir.settings import Settings
from local.waiting import wait_until
from orchestration.run import run_dagster_job
from tests.support.quoting import WORDS
from tests.support.talkative_shop import talkative_shop
from tests.support.whole_platform import (
    ANTIDOTE,
    POISON,
    connector_of,
    execute,
    published,
    rows,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]


def test_a_poisoned_batch_stops_at_the_gate(settings: Settings, planted: int) -> None:
    yesterday = published(settings)
    poisoned = rows(
        settings, "select min(id)::text from raw_shop.product_variants union select min(id)::text from raw_shop.orders"
    )
    execute(settings, POISON)
    outcome = run_dagster_job("daily", settings.dagster_url)
    assert not outcome.success
    [shut] = outcome.failed_steps
    assert shut.error.startswith("gate_raw is shut by") and "raw_shop.orders" in shut.error
    messages = " ".join(check.message for check in outcome.failed_checks if check.check == "gate_raw")
    for named in ("negative", "known", "unique", "raw_shop.product_variants", "raw_shop.orders", "999"):
        assert named in messages, messages
    for (row,) in poisoned:
        assert row in messages, messages
    assert published(settings) == yesterday
    assert rows(settings, "select count(*) from serving.recommend('nobody', 'home', null, 5)") == [(5,)]
    execute(settings, ANTIDOTE)


def test_an_error_that_quotes_a_person_is_told_without_them(settings: Settings) -> None:
    """That it is in no log either is looked at in test_6_operation.py."""
    yesterday = published(settings)
    with talkative_shop(settings):
        outcome = run_dagster_job("daily", settings.dagster_url)
    [failed] = outcome.failed_steps
    assert failed.step == "shop_sync" and "403" in failed.error, failed.error
    told = str(outcome).lower()
    assert [word for word in WORDS if word in told] == [], told
    assert published(settings) == yesterday


def test_killing_the_connector_fails_the_run_and_publishes_nothing(settings: Settings) -> None:
    yesterday = published(settings)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(run_dagster_job, "daily", settings.dagster_url)
        wait_until(lambda: connector_of(settings).kill(), "the connector", seconds=300)
        outcome = running.result()
    assert not outcome.success
    assert [step.step for step in outcome.failed_steps] == ["shop_sync"]
    assert published(settings) == yesterday
