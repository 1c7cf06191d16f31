"""The watcher: looks at the platform twice a minute, keeps the alerts and sends the messages.

It runs as a process of its own (`python -m alerting`), because a dead Dagster could not say that it is dead. Dagster's
sensor alert_watch watches the watcher, and looks in its place while it is away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

import psycopg
from psycopg.types.json import Jsonb

from alerting import channels, outbox
from alerting.condition import Condition, Observed
from alerting.message import Message
from alerting.metrics import record_look
from alerting.probes import (
    certificates,
    clicks,
    cost,
    dagster,
    disk,
    kafka,
    privacy,
    processes,
    shop_metrics,
    stream,
)
from alerting.probes.postgres import PATIENCE, enter_outage, load_outage, new_outage
from alerting.register import SETTLE, Changes, update_alerts
from alerting.routing import Routing
from comptoir.settings import Settings

PROCESS = "alerts"  # in ops.heartbeats
EVERY_SECONDS = 30.0
CONNECT_SECONDS = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Probe:
    """A look at one part of the platform, not more often than `every`; `kinds` are those it can find."""

    name: str
    look: Callable[[Settings, psycopg.Connection], list[Condition]]
    kinds: Sequence[str]
    every: timedelta = timedelta(0)


PROBES = (
    Probe("dagster", dagster.look_at_dagster, dagster.KINDS),
    Probe("kafka", kafka.look_at_kafka, ("kafka",)),
    Probe("stream", stream.look_at_stream, ("stream",)),
    Probe("processes", processes.look_at_processes, ("process",)),
    Probe("disk", disk.look_at_disks, ("disk",)),
    Probe("clicks", clicks.look_at_clicks, ("clicks",), timedelta(minutes=5)),
    Probe("cost", cost.look_at_cost, ("cost",), timedelta(minutes=5)),
    Probe("metrics", shop_metrics.look_at_shop_metrics, ("metric",), timedelta(minutes=5)),
    Probe("privacy", privacy.look_at_privacy, ("privacy",), timedelta(minutes=5)),
    Probe("certificates", certificates.look_at_certificates, ("certificate",), timedelta(hours=1)),
)


class Watcher:
    """`look` is one round; `run` looks until it is stopped."""

    def __init__(
        self,
        settings: Settings,
        probes: Sequence[Probe] = PROBES,
        send: outbox.Send = channels.send,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        settle: timedelta = SETTLE,
    ) -> None:
        self.settings, self.probes, self.send, self.clock, self.settle = settings, probes, send, clock, settle
        self.addresses = channels.channels_of(settings)
        self.routing = Routing(
            list(self.addresses), settings.alert_routes, settings.alert_quiet_hours, settings.shop_timezone
        )
        self._outage_file = settings.data_dir / "alerts" / "postgres_away.json"
        self._last: dict[str, tuple[datetime, list[Condition]]] = {}

    def run(self, stop: Event, every_seconds: float = EVERY_SECONDS) -> None:
        """Look until `stop` is set. An error of a round is logged, and the next round tries again."""
        while not stop.is_set():
            try:
                self.look()
            except psycopg.Error:
                log.exception("the alerts could not be kept")
            stop.wait(every_seconds)

    def look(self, also: Sequence[Condition] = (), *, beat: bool = True) -> Changes | None:
        """One round; None while Postgres is away, which is kept and told without it.

        `also` are conditions that the caller has seen; without `beat` the heartbeat is left alone, for a round in the
        watcher's place. Raises psycopg.Error when Postgres goes away during the round.
        """
        try:
            connection = psycopg.connect(
                self.settings.database_url_as("watcher"),
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name=PROCESS,
            )
        except psycopg.OperationalError as error:
            self._without_postgres(error)
            return None
        with connection:
            self._after_outage(connection)
            observed = self._observe(connection)
            observed.conditions += also
            changes = update_alerts(connection, observed, self.routing, self.clock(), self.settle)
            deliveries = outbox.deliver(connection, self.addresses, self.send, self.clock)
            for channel, reason in deliveries.failed.items():
                log.warning("channel %s refuses messages: %s", channel, reason)
            record_look(connection, deliveries.sent, list(deliveries.failed))
            if beat:
                self._beat(connection, changes, deliveries, observed)
        for key in changes.opened:
            log.warning("alert %s", key)
        for key in changes.closed:
            log.info("alert %s is over", key)
        return changes

    def _observe(self, connection: psycopg.Connection) -> Observed:
        observed = Observed()
        for probe in self.probes:
            now = self.clock()
            before = self._last.get(probe.name)
            if before and now - before[0] < probe.every:
                observed.conditions += before[1]
                continue
            try:
                found = probe.look(self.settings, connection)
            except dagster.ReportTooOldError as error:
                observed.unknown |= set(probe.kinds)
                observed.conditions.append(error.condition)
            except psycopg.OperationalError:
                raise  # Postgres has gone away: the next round says so
            except Exception as error:
                log.exception("the probe %s failed", probe.name)
                observed.unknown |= set(probe.kinds)
                observed.conditions.append(_blind(probe.name, error))
            else:
                self._last[probe.name] = (now, found)
                observed.conditions += found
        observed.conditions += outbox.broken_channels(connection)
        return observed

    def _without_postgres(self, error: psycopg.OperationalError) -> None:
        now = self.clock()
        outage = load_outage(self._outage_file) or new_outage(self._outage_file, error, now)
        if now - outage.since >= PATIENCE:
            condition = outage.condition
            for channel in self.routing.channels_for(condition.key, condition.owners):
                if channel in outage.told:
                    continue
                message = Message(
                    0, channel, "opened", condition.key, condition.severity.value, condition.title, condition.cause,
                    condition.owners, condition.rows, condition.link, outage.since, None,
                )  # fmt: skip
                refused = self.send(self.addresses[channel], message.title, message.body, True)
                if refused:
                    log.warning("channel %s refuses messages: %s", channel, refused)
                else:
                    outage.told.append(channel)
        outage.save()

    def _after_outage(self, connection: psycopg.Connection) -> None:
        outage = load_outage(self._outage_file)
        if outage is None:
            return
        if outage.told:
            enter_outage(connection, outage, self.clock())
        else:
            outage.file.unlink(missing_ok=True)  # over before it was told

    def _beat(
        self, connection: psycopg.Connection, changes: Changes, deliveries: outbox.Deliveries, observed: Observed
    ) -> None:
        details = {
            "open": changes.open_count,
            "failing_channels": deliveries.failed,
            "not_seen": sorted(observed.unknown),
        }
        connection.execute(
            "insert into ops.heartbeats (process, beat_at, details) values (%s, now(), %s)"
            " on conflict (process) do update set beat_at = excluded.beat_at, details = excluded.details",
            [PROCESS, Jsonb(details)],
        )


def _blind(name: str, error: Exception) -> Condition:
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    return Condition(
        key=f"watch/{name}",
        title=f"the watcher cannot see: {name}",
        cause=f"The probe {name} failed with {type(error).__name__}: {reason}. What it watches is unknown until then.",
        patience=timedelta(minutes=2),
    )
