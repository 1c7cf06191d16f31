"""The watcher, a real Postgres and real receivers: an alert is told once a channel, and once when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import trustme
from pydantic import SecretStr

from alerting.condition import DATA_ENGINEERING, Condition, Severity
from alerting.listing import list_alerts
from alerting.mutes import mute
from alerting.probes import dagster
from alerting.reports import write_report
from alerting.watcher import PROBES, Probe, Watcher
from comptoir.settings import Settings
from tests.support.receivers import MailServer, Webhook, serving

pytestmark = pytest.mark.services

BEGIN = datetime(2026, 1, 10, 12, tzinfo=UTC)


class Platform:
    """What is wrong is what a test puts into `conditions`; time passes when it says so."""

    def __init__(self, settings: Settings, probes: tuple[Probe, ...] | None = None) -> None:
        self.conditions: list[Condition] = []
        self.now = BEGIN
        own = (Probe("platform", lambda *_: list(self.conditions), ("run", "check", "stream")),)
        self.settings, self.probes = settings, probes or own
        self.watcher = self.restarted()

    def restarted(self) -> Watcher:
        """A new process."""
        self.watcher = Watcher(self.settings, self.probes, clock=lambda: self.now)
        return self.watcher

    def pass_by(self, seconds: float = 30, looks: int = 1) -> None:
        for _ in range(looks):
            self.now += timedelta(seconds=seconds)
            self.watcher.look()


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


def titles_in(file: Path) -> list[str]:
    return [line.partition("] ")[2] for line in file.read_text().splitlines() if "[comptoir]" in line]


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


def test_forty_faults_that_the_real_probes_see_give_forty_messages_on_each_channel(
    settings: Settings, database: str, webhook: Webhook, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    """Runs of models, certificates, a full disk, and processes that do not run; two thirds of it heal."""
    ports = {f"{name}_port": free_port() for name in ("kafka", "collector", "storefront", "dashboard", "dagster")}
    pems = [certificate(tmp_path / f"{days}.pem", days) for days in (-30, -1, 1, 2, 5, 10, 20)]
    watched = {"disk_free_limit": 0.9999, "watched_certificates": [*map(str, pems), str(tmp_path / "none.pem")]}
    platform = Platform(settings.model_copy(update=ports | watched), PROBES)
    record_runs(database, [(number, 100 if number == 0 else 10) for number in range(7)])
    with psycopg.connect(database) as connection:
        connection.execute("insert into ops.heartbeats values ('stream', now() + interval '1 hour')")
        connection.execute(
            "insert into raw_clickstream.landing_runs (consumer_group, started_at, records_count, events_count,"
            " bad_count, duplicates_count, conflicts_count, lag) values ('g', now(), 900, 800, 100, 0, 0, '{}')"
        )
        connection.execute(
            'insert into serving.poison_records (query_name, topic, partition, "offset", event_id, reason)'
            " values ('q', 'clicks.v1', 0, 7, 'e7', 'ValueError: too far')"
        )
    platform.pass_by(seconds=60, looks=8)
    platform.restarted()  # a new process tells nothing again
    platform.pass_by(seconds=60, looks=3)
    told = Counter(webhook.titles)
    assert len(told) == 40 and set(told.values()) == {1}, sorted(told.elements())
    assert Counter(titles_in(tmp_path / "alerts.log")) == Counter(title.partition("] ")[2] for title in told)

    for pem in [*pems, tmp_path / "none.pem"]:
        certificate(pem, 90)
    record_runs(database, [(-1, 10)])
    platform.pass_by(seconds=1800, looks=5)
    over = Counter(title for title in webhook.titles[40:])
    assert len(webhook.titles) == 72 and set(over.values()) == {1}, sorted(over.elements())
    assert all(" RESOLVED " in title for title in over)


def certificate(file: Path, days: int) -> Path:
    """A certificate that ends in so many days, at that place."""
    now = datetime.now(UTC)
    issued = trustme.CA().issue_cert("shop.example", not_after=now + timedelta(days=days, hours=1))
    issued.cert_chain_pems[0].write_to_path(file)
    return file


def record_runs(database: str, runs: list[tuple[int, int]]) -> None:
    """Runs of twelve models, (days ago, tens of rows and seconds), as dbt's hook writes them."""
    with psycopg.connect(database) as connection:
        for days, size in runs:
            connection.execute(
                "insert into ops.model_runs (run_id, model, schema_name, kind, status, seconds, rows_count, started_at)"
                " select %(run)s, 'mart_' || m, 'marts', 'table', 'success', %(size)s, %(size)s * 10,"
                " now() - %(days)s * interval '1 day' from generate_series(1, 12) as m",
                {"run": str(days), "size": size, "days": days},
            )


class Well(BaseHTTPRequestHandler):
    """A process that answers that it is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the terminal."""


def test_the_real_probes_tell_nothing_of_a_day_on_which_all_is_well(
    settings: Settings, database: str, webhook: Webhook, tmp_path: Path
) -> None:
    """Every probe but that of Kafka, which needs a broker: a look each half hour."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Well) for _ in range(4)]
    names = ("collector_port", "storefront_port", "dashboard_port", "dagster_port")
    ports = {name: server.server_port for name, server in zip(names, servers, strict=True)}
    watched = {"disk_free_limit": 0.0001, "watched_certificates": [str(certificate(tmp_path / "new.pem", 90))]}
    record_runs(database, [(number, 10) for number in range(7)])
    with psycopg.connect(database) as connection:
        connection.execute("insert into ops.heartbeats values ('stream', now() + interval '1 hour')")
    write_report(database, dagster.SOURCE, [])
    probes = tuple(probe for probe in PROBES if probe.name != "kafka")
    platform = Platform(settings.model_copy(update=ports | watched), probes)
    with ExitStack() as running:
        for server in servers:
            running.enter_context(serving(server))
        platform.pass_by(seconds=1800, looks=48)
    assert webhook.titles == [] and not (tmp_path / "alerts.log").exists()


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


def test_the_real_probes_see_what_stands_still_and_name_it(
    settings: Settings, database: str, webhook: Webhook, free_port: Callable[[], int]
) -> None:
    """Nothing but Postgres runs: each thing is told once, and what follows from Kafka's absence is not."""
    ports = {f"{name}_port": free_port() for name in ("kafka", "collector", "storefront", "dashboard", "dagster")}
    unwell = {"disk_free_limit": 0.9999, "watched_certificates": [str(settings.data_dir / "none.pem")]}
    platform = Platform(settings.model_copy(update=ports | unwell), PROBES)
    with psycopg.connect(database) as connection:
        connection.execute("insert into ops.heartbeats values ('stream', now() - interval '5 minutes')")
        connection.execute(
            "insert into raw_clickstream.landing_runs (consumer_group, started_at, records_count, events_count,"
            " bad_count, duplicates_count, conflicts_count, lag) values ('g', now(), 900, 800, 100, 0, 0, '{}')"
        )
        connection.execute(
            'insert into serving.poison_records (query_name, topic, partition, "offset", event_id, reason)'
            " values ('q', 'clicks.v1', 0, 7, 'e7', 'ValueError: too far')"
        )
        connection.execute(  # six usual runs, and then one of ten times the time and rows
            "insert into ops.model_runs (run_id, model, schema_name, kind, status, seconds, rows_count, started_at)"
            " select n::text, 'fct_orders', 'marts', 'table', 'success', case n when 0 then 100 else 10 end,"
            " case n when 0 then 1000 else 100 end, now() - n * interval '1 day' from generate_series(0, 6) as n"
        )
    platform.pass_by(seconds=60, looks=8)
    with psycopg.connect(database) as connection:
        found = connection.execute("select key from ops.alerts where opened_at is not null").fetchall()
        beat = connection.execute("select details from ops.heartbeats where process = 'alerts'").fetchone()
    keys = {key.partition("/")[0] if key.startswith(("disk", "certificate")) else key for (key,) in found}
    expected = {"kafka/away", "dagster/daemon", "dagster/webserver", "disk", "certificate", "clicks/bad"}
    expected |= {"cost/marts.fct_orders/seconds", "cost/marts.fct_orders/rows", "stream/poison"}
    assert keys == expected | {"process/dashboard", "process/storefront"}
    assert beat and beat[0]["open"] == len(found) == len(webhook.titles)

    write_report(database, dagster.SOURCE, [Condition("run/daily", "daily failed", "why", owners=(DATA_ENGINEERING,))])
    platform.pass_by(seconds=60, looks=3)
    assert {title.partition("] ")[2] for title in webhook.titles[len(found) :]} == {
        "ERROR daily failed", "RESOLVED Dagster's daemon stands still"
    }  # fmt: skip
