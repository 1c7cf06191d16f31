"""The watcher with the probes it has in operation: a fault is told once a channel, a day that is well not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import trustme

from alerting.condition import DATA_ENGINEERING, Condition
from alerting.probes import dagster
from alerting.reports import write_report
from alerting.watcher import PROBES
from comptoir.settings import Settings
from tests.support.alerted_platform import Platform, titles_in
from tests.support.receivers import Webhook, serving

pytestmark = pytest.mark.services


def test_forty_faults_that_the_real_probes_see_give_forty_messages_on_each_channel(
    settings: Settings, database: str, webhook: Webhook, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    """Runs of models, certificates, a full disk, and processes that do not run; two thirds of it heal."""
    ports = {f"{name}_port": free_port() for name in ("kafka", "collector", "storefront", "dashboard", "dagster")}
    pems = [certificate(tmp_path / f"{days}.pem", days) for days in (-30, -1, 1, 2, 5, 10, 20)]
    watched = {"disk_free_limit": 0.9999, "watched_certificates": [*map(str, pems), str(tmp_path / "none.pem")]}
    platform = Platform(settings.model_copy(update=ports | watched), PROBES)
    record_runs(database, [(number, 100 if number == 0 else 10) for number in range(7)])
    record_bad_clicks(database, "1 hour")
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


def record_bad_clicks(database: str, stream_beat: str) -> None:
    """A landing of which a ninth was bad, a poison record, and the stream's last sign of life: an interval from now."""
    with psycopg.connect(database) as connection:
        connection.execute("insert into ops.heartbeats values ('stream', now() + %s::interval)", [stream_beat])
        connection.execute(
            "insert into raw_clickstream.landing_runs (consumer_group, started_at, records_count, events_count,"
            " bad_count, duplicates_count, conflicts_count, lag) values ('g', now(), 900, 800, 100, 0, 0, '{}')"
        )
        connection.execute(
            'insert into serving.poison_records (query_name, topic, partition, "offset", event_id, reason)'
            " values ('q', 'clicks.v1', 0, 7, 'e7', 'ValueError: too far')"
        )


def test_the_real_probes_see_what_stands_still_and_name_it(
    settings: Settings, database: str, webhook: Webhook, free_port: Callable[[], int]
) -> None:
    """Nothing but Postgres runs: each thing is told once, and what follows from Kafka's absence is not."""
    ports = {f"{name}_port": free_port() for name in ("kafka", "collector", "storefront", "dashboard", "dagster")}
    unwell = {"disk_free_limit": 0.9999, "watched_certificates": [str(settings.data_dir / "none.pem")]}
    platform = Platform(settings.model_copy(update=ports | unwell), PROBES)
    record_bad_clicks(database, "-5 minutes")
    with psycopg.connect(database) as connection:
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
