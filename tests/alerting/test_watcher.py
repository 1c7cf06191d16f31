"""The watcher, a real Postgres and real receivers: an alert is told once a channel, and once when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerting.condition import Condition, Severity
from alerting.listing import list_alerts
from alerting.mutes import list_mutes, mute, unmute
from alerting.watcher import Probe
from comptoir.settings import Settings
from tests.support.alerted_platform import Platform, titles_in
from tests.support.receivers import MailServer, Webhook, serving

pytestmark = pytest.mark.services


def test_forty_alerts_give_forty_messages_and_forty_ends_on_each_channel(
    settings: Settings, webhook: Webhook, tmp_path: Path
) -> None:
    mail = MailServer()
    settings.alert_channels["mail"] = SecretStr(mail.url)
    with serving(mail):
        platform = Platform(settings)
        forty = [Condition(f"check/marts.t{number}/unique", f"test {number} failed", "why") for number in range(40)]
        for half in (forty[:20], forty):
            platform.conditions = half
            platform.pass_by(looks=3)
        platform.restarted()  # a new process tells nothing again
        platform.pass_by(looks=3)
        platform.conditions = forty[:1]
        platform.pass_by(looks=4)
        platform.conditions = []
        platform.pass_by(looks=4)

    expected = Counter(f"{word} test {number} failed" for number in range(40) for word in ("ERROR", "RESOLVED"))
    assert Counter(title.removeprefix("[comptoir] ") for title in webhook.titles) == expected
    assert Counter(title.removeprefix("[comptoir] ") for title in mail.titles) == expected
    assert Counter(titles_in(tmp_path / "alerts.log")) == expected


def test_a_day_without_faults_gives_no_message(platform: Platform, webhook: Webhook, tmp_path: Path) -> None:
    platform.pass_by(seconds=600, looks=144)
    assert webhook.titles == [] and not (tmp_path / "alerts.log").exists()


def test_a_flapping_condition_is_one_alert(platform: Platform, webhook: Webhook) -> None:
    for _ in range(5):
        platform.conditions = [Condition("stream/down", "the stream stands still", "why")]
        platform.pass_by()
        platform.conditions = []
        platform.pass_by()
    platform.pass_by(looks=3)
    assert webhook.titles == ["[comptoir] ERROR the stream stands still", "[comptoir] RESOLVED the stream stands still"]


def test_what_passes_within_its_patience_is_not_told(platform: Platform, webhook: Webhook) -> None:
    short = Condition("stream/down", "the stream stands still", "why", patience=timedelta(seconds=60))
    platform.conditions = [short]
    platform.pass_by(looks=2)
    platform.conditions = []
    platform.pass_by(looks=4)
    assert webhook.titles == []
    platform.conditions = [short]
    platform.pass_by(looks=3)
    assert webhook.titles == ["[comptoir] ERROR the stream stands still"]


def test_a_cause_is_told_and_what_follows_from_it_is_not(platform: Platform, webhook: Webhook) -> None:
    effects = [Condition(f"run/{job}", f"{job} failed", "why", caused_by=("stream/*",)) for job in ("daily", "model")]
    platform.conditions = [Condition("stream/down", "the stream stands still", "why"), *effects]
    platform.pass_by(looks=3)
    assert webhook.titles == ["[comptoir] ERROR the stream stands still"]
    platform.conditions = effects[:1]  # the cause has gone, and this one is still there
    platform.pass_by(looks=4)
    assert webhook.titles[1:] == ["[comptoir] RESOLVED the stream stands still", "[comptoir] ERROR daily failed"]


def test_a_message_has_cause_rows_link_and_the_runbook_s_line(platform: Platform, webhook: Webhook) -> None:
    rows = tuple({"order_id": number} for number in range(7))
    platform.conditions = [
        Condition("run/daily", "daily failed", "the shop is closed", rows=rows, link="http://d/runs/1")
    ]
    platform.pass_by()
    body = webhook.received[0]["message"]
    assert body.splitlines()[0] == "the shop is closed"
    assert body.count("order_id") == 5
    assert "What to do: docs/runbook.md#run" in body
    assert "See: http://d/runs/1" in body
    assert "Alert run/daily, since 2026-01-10 12:00 UTC, for team:data-engineering" in body


def test_a_broken_channel_shows_on_the_other_and_is_caught_up_when_it_is_back(
    platform: Platform, webhook: Webhook, tmp_path: Path
) -> None:
    webhook.is_broken = True
    platform.conditions = [Condition("run/daily", "daily failed", "why")]
    platform.pass_by(looks=4)
    assert titles_in(tmp_path / "alerts.log") == ["ERROR daily failed", "ERROR alerts do not reach channel hook"]
    assert "1 messages wait for channel hook, which refuses them" in (tmp_path / "alerts.log").read_text()
    webhook.is_broken = False
    platform.pass_by(seconds=900, looks=3)
    assert webhook.titles == ["[comptoir] ERROR daily failed"]
    assert titles_in(tmp_path / "alerts.log")[2:] == ["RESOLVED alerts do not reach channel hook"]


def test_warnings_wait_for_the_end_of_the_quiet_hours_and_those_over_by_then_are_not_told(
    settings: Settings, webhook: Webhook
) -> None:
    hours = Settings(alert_quiet_hours="11:00-14:00").alert_quiet_hours
    platform = Platform(settings.model_copy(update={"alert_quiet_hours": hours, "shop_timezone": "UTC"}))
    lasting, short = (
        Condition(f"check/marts.t/{n}", f"{n} failed", "why", Severity.WARNING) for n in ("long", "short")
    )
    platform.conditions = [lasting, short, Condition("run/daily", "daily failed", "why")]
    platform.pass_by(looks=2)
    assert webhook.titles == ["[comptoir] ERROR daily failed"]
    platform.conditions = [lasting, platform.conditions[2]]
    platform.pass_by(seconds=3600, looks=3)
    assert webhook.titles[1:] == ["[comptoir] WARNING long failed"]


def test_a_muted_alert_is_kept_and_told_when_the_mute_has_ended(
    platform: Platform, webhook: Webhook, database: str
) -> None:
    platform.now = datetime.now(UTC)  # a mute begins by the database's clock
    platform.conditions = [Condition("run/daily", "daily failed", "why"), Condition("run/model", "model failed", "why")]
    assert mute(database, "run/da*", timedelta(hours=1), "move", "ada") == []
    platform.pass_by(looks=2)
    assert webhook.titles == ["[comptoir] ERROR model failed"]
    lines = {alert.key: alert.line for alert in list_alerts(database)}
    assert lines["run/daily"].endswith("daily failed (muted)")
    assert lines["run/model"].endswith("model failed (file told, hook told)")
    platform.pass_by(seconds=3600)
    assert webhook.titles[1:] == ["[comptoir] ERROR daily failed"]


def test_mutes_are_listed_and_one_that_is_ended_early_holds_nothing_back(
    platform: Platform, webhook: Webhook, database: str
) -> None:
    platform.conditions = [Condition("run/daily", "daily failed", "why")]
    mute(database, "run/*", timedelta(hours=3), "disk changed", "ben")
    mute(database, "run/da*", timedelta(hours=1), "move", "ada")
    mute(database, "run/da*", timedelta(hours=2), "longer", "ada")
    assert [(each.pattern, each.reason) for each in list_mutes(database)] == [
        ("run/da*", "move"),
        ("run/da*", "longer"),
        ("run/*", "disk changed"),
    ]
    assert list_mutes(database)[0].line.endswith("UTC  move (ada)")
    assert unmute(database, "run/da*") == 2
    platform.now = datetime.now(UTC)
    platform.pass_by(looks=2)
    assert webhook.titles == []  # the other mute still holds it
    unmute(database, "run/*")
    assert list_mutes(database) == []
    platform.now = datetime.now(UTC)
    platform.pass_by(looks=2)
    assert webhook.titles == ["[comptoir] ERROR daily failed"]
    with pytest.raises(ValueError, match="Nothing is muted as run/\\*: there is no mute"):
        unmute(database, "run/*")


def test_postgres_away_is_one_message_told_without_it_and_one_when_it_is_back(
    settings: Settings, webhook: Webhook, free_port: Callable[[], int]
) -> None:
    platform = Platform(settings)
    platform.conditions = [Condition("run/daily", "daily failed", "why")]
    platform.pass_by()
    away = Settings(postgres_url=f"postgresql://nobody:x@127.0.0.1:{free_port()}/none")
    platform.settings = settings.model_copy(update={"postgres_url": away.postgres_url})
    platform.restarted()
    platform.pass_by(looks=3)
    platform.restarted()
    platform.pass_by(looks=3)
    assert webhook.titles == ["[comptoir] ERROR daily failed", "[comptoir] ERROR Postgres does not answer"]
    platform.settings = settings
    platform.restarted()
    platform.pass_by(looks=4)
    assert webhook.titles[2:] == ["[comptoir] RESOLVED Postgres does not answer"]


def test_a_probe_that_fails_is_an_alert_and_leaves_its_alerts_open(settings: Settings, webhook: Webhook) -> None:
    conditions = [Condition("run/daily", "daily failed", "why")]

    def look(*_: object) -> list[Condition]:
        if not conditions:
            raise KeyError("eyes")
        return conditions

    platform = Platform(settings, (Probe("runs", look, ("run",)),))
    platform.pass_by()
    conditions.clear()
    platform.pass_by(looks=10)
    assert webhook.titles == ["[comptoir] ERROR daily failed", "[comptoir] ERROR the watcher cannot see: runs"]
