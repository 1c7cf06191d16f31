"""The watcher's metrics for Prometheus: open alerts, heartbeats, messages. Rules on them: docs/metrics/."""

from __future__ import annotations

from collections import Counter as Tally

import psycopg
from prometheus_client import Counter, Gauge

OPEN = Gauge("comptoir_alerts_open", "Open alerts.", ["kind", "severity"])
SENT = Counter("comptoir_alert_messages_sent_total", "Messages that a channel took.")
REFUSED = Counter("comptoir_alert_messages_refused_total", "Attempts that a channel refused.", ["channel"])
STREAM_LAG = Gauge("comptoir_stream_lag_events", "Events in Kafka that the stream has not counted.")
DISK_FREE = Gauge("comptoir_disk_free_ratio", "Free share of the disk of a folder.", ["folder"])
LOOKED_AT = Gauge("comptoir_alerts_looked_at_timestamp_seconds", "When the watcher last looked.")
HEARTBEAT = Gauge("comptoir_heartbeat_age_seconds", "Age of a process's heartbeat.", ["process"])


def record_look(connection: psycopg.Connection, sent: int, refused: list[str]) -> None:
    """Set the metrics after a look. Raises psycopg.Error."""
    open_alerts = Tally(
        connection.execute(
            "select split_part(key, '/', 1), severity from ops.alerts where closed_at is null and opened_at is not null"
        ).fetchall()
    )
    OPEN.clear()
    for (kind, severity), count in open_alerts.items():
        OPEN.labels(kind, severity).set(count)
    SENT.inc(sent)
    for channel in refused:
        REFUSED.labels(channel).inc()
    ages = connection.execute("select process, extract(epoch from now() - beat_at)::float8 from ops.heartbeats")
    for process, age in ages.fetchall():
        HEARTBEAT.labels(process).set(age)
    LOOKED_AT.set_to_current_time()
