"""The reports as Dagster runs them: written, sent once, and an alert that the watcher tells and ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from pydantic import SecretStr

from alerting.condition import BI, Severity
from alerting.probes.shop_metrics import SOURCE, look_at_shop_metrics
from bi.metric_alerts import MetricAlert
from bi.report_settings import AlertRule
from comptoir.settings import Settings
from orchestration.defs.reports import condition, metric_alerts, weekly_digest
from tests.support.receivers import MailServer, Webhook, serving
from tests.support.small_marts import make_small_marts


@pytest.fixture(scope="module")
def marts(make_database: Callable[[], str]) -> str:
    url = make_database()
    make_small_marts(url)
    return url


def test_a_metric_that_is_past_its_limit_is_a_warning_to_the_bi_team_with_its_page() -> None:
    rule = AlertRule("zero_result_rate", above=0.25)
    found = condition(MetricAlert(rule, date(2026, 11, 26), 0.31, None, "EUR"), "https://bi.example", "en")
    assert (found.key, found.severity, found.owners) == ("metric/zero_result_rate_above", Severity.WARNING, (BI,))
    assert found.title.endswith("above 25.0\u2009%") and found.cause == "Thu 26 Nov 2026: 31.0\u2009%."
    assert found.link.startswith("https://bi.example/search?period=Custom&first_day=2026-10-30")


@pytest.mark.services
def test_the_digest_is_written_and_sent_and_a_refusal_is_a_failure(marts: str, tmp_path: Path) -> None:
    mail, webhook = MailServer(), Webhook()
    channels = {"mail": SecretStr(mail.url), "hook": SecretStr(webhook.url)}
    settings = Settings(postgres_url=marts, data_dir=tmp_path, alert_channels=channels)
    with serving(mail), serving(webhook):
        result = dg.materialize([weekly_digest], resources={"settings": settings})
        (made,) = result.asset_materializations_for_node("bi__weekly_digest")
        assert made.metadata["sent"].value == "mail, hook"
        assert len(mail.received) == len(webhook.received) == 1 and mail.titles[0].startswith("The week of")
        webhook.is_broken = True
        failed = dg.materialize([weekly_digest], resources={"settings": settings}, raise_on_error=False)
    assert not failed.success
    (failure,) = failed.get_step_failure_events()
    assert "not taken by hook" in str(failure.event_specific_data)
    assert len(list(settings.reports_dir.glob("week_*.html"))) == 2


@pytest.mark.services
def test_the_alerts_of_the_day_are_reported_to_the_watcher(marts: str, tmp_path: Path) -> None:
    settings = Settings(postgres_url=marts, data_dir=tmp_path)
    assert dg.materialize([metric_alerts], resources={"settings": settings}).success
    with psycopg.connect(settings.database_url_as("watcher")) as connection:
        told = connection.execute("select conditions from ops.alert_reports where source = %s", [SOURCE]).fetchone()
        assert told == ([],), "the small marts end long before yesterday"
        assert look_at_shop_metrics(settings, connection) == []
    assert len(list(settings.reports_dir.glob("alerts_*.txt"))) == 1
