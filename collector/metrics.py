"""The collector's metrics for Prometheus; counters start at 0 with the process."""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from collector.event_sink import Sink

ACK_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MAX_DROPPED_NAMES, OTHER_NAME = 200, "(other)"
FIELD_NAME = re.compile(r"[\w.$: -]{1,60}")  # a field may be named by anything, as a mail address


class Metrics:
    """One collector's metrics in a registry of their own. Labels are looked up once: that costs three increments."""

    def __init__(self, sink: Sink):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._events = self._counter("events", "Events by result, and by reason if not accepted", "result", "reason")
        self._requests = self._counter("requests", "Requests to the events' paths, by HTTP status", "status")
        self._bots = self._counter("bot_events", "Accepted events of crawlers, monitors and headless browsers")
        self._unproven = self._counter("unproven_user_ids", "Accepted events whose userId nobody signed: a visitor's")
        self._withdrawals = self._counter("withdrawals", "Noes of visitors that were told to the stream")
        self.ack_seconds = Histogram(
            "collector_ack_seconds",
            "From handing a request's events to Kafka to their acknowledgement",
            buckets=ACK_SECONDS,
            registry=self.registry,
        )
        self._gauge("unacked_events", "Events handed to Kafka and not acknowledged").set_function(lambda: sink.unacked)
        self._gauge("unacked_bytes", "Bytes of these events").set_function(lambda: sink.unacked_bytes)
        self._gauge("ready", "1 when events are taken, 0 when Kafka is away").set_function(lambda: sink.error is None)
        self._accepted = self._events.labels("accepted", "")
        self._dropped = self._events.labels("dropped", "no_consent")
        self._ok = self._requests.labels("200")
        self._dropped_fields = self._counter(
            "dropped_fields", "Properties and context fields that were not kept", "name"
        )
        self._dropped_names = {OTHER_NAME: self._dropped_fields.labels(OTHER_NAME)}
        # of nearly all requests, added up here until somebody asks: a counter of the library takes a lock each time
        self._new_ok = self._new_accepted = 0

    def count_request(self, status: int) -> None:
        """Count one request to a path of events by the status of its response."""
        if status == 200:
            self._new_ok += 1
        else:
            self._requests.labels(str(status)).inc()

    def count_events(self, accepted: int, dropped: int, rejected: list[str]) -> None:
        """Count the events of a request; `rejected` holds the reason of each invalid one."""
        self._new_accepted += accepted
        if dropped:
            self._dropped.inc(dropped)
        for reason, count in Tally(rejected).items() if rejected else ():
            self._events.labels("rejected", reason).inc(count)

    def count_bot(self) -> None:
        """Count an accepted event whose user agent is a bot's."""
        self._bots.inc()

    def count_unproven(self) -> None:
        """Count an accepted event of which the customer was left out, because the shop did not sign the number."""
        self._unproven.inc()

    def count_withdrawals(self, records: int) -> None:
        """Count noes of visitors that were told to the stream."""
        self._withdrawals.inc(records)

    def count_dropped_fields(self, names: Iterable[str]) -> None:
        """Count properties and context fields that were not kept, by name, as far as MAX_DROPPED_NAMES."""
        for name in names:
            if name not in self._dropped_names:
                if len(self._dropped_names) > MAX_DROPPED_NAMES or not FIELD_NAME.fullmatch(name):
                    name = OTHER_NAME
                else:
                    self._dropped_names[name] = self._dropped_fields.labels(name)
            self._dropped_names[name].inc()

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format, version 0.0.4."""
        self._ok.inc(self._new_ok)
        self._accepted.inc(self._new_accepted)
        self._new_ok = self._new_accepted = 0
        return generate_latest(self.registry)

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"collector_{name}", description, labels, registry=self.registry)

    def _gauge(self, name: str, description: str) -> Gauge:
        return Gauge(f"collector_{name}", description, registry=self.registry)
