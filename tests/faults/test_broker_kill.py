"""The broker is killed with kill -9 under clicks: clients get 503 and try again, nothing acknowledged is lost."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from msgspec import json

from benchmarks.support.collecting import collecting, wait_for_kafka
from benchmarks.support.events import client_event
from benchmarks.support.kafka_records import consume
from benchmarks.support.servers import stopped_at_exit
from comptoir.settings import get_settings
from local import kafka as kafka_broker
from local.waiting import wait_until

pytestmark = pytest.mark.services

TOPICS = ("clicks", "clicks.bad")


class Clicker(threading.Thread):
    """A client that sends one event at a time, each again until it is acknowledged."""

    def __init__(self, url: str, auth: httpx.BasicAuth):
        super().__init__(daemon=True)
        self._url, self._auth, self._ends = url, auth, threading.Event()
        self.acknowledged: list[str] = []
        self.answers: Counter[int] = Counter()

    def run(self) -> None:
        with httpx.Client(base_url=self._url, auth=self._auth, timeout=30) as client:
            while not self._ends.is_set():
                event = client_event(messageId=str(uuid.uuid4()))
                while not self._ends.is_set():
                    answer = client.post("/v1/batch", json={"batch": [event]})
                    self.answers[answer.status_code] += 1
                    if answer.status_code == 200:
                        self.acknowledged.append(event["messageId"])
                        break
                    time.sleep(0.1)

    def end(self) -> None:
        self._ends.set()
        self.join(60)

    def expect_more(self) -> None:
        """Wait until one more event is acknowledged."""
        before = len(self.acknowledged)
        wait_until(lambda: self.acknowledged[before], "the collector's Kafka", seconds=120)


def assert_ready(client: httpx.Client, ready: bool) -> None:
    answer = client.get("/ready")
    assert (answer.status_code == 200, answer.json()["status"] == "ok") == (ready, ready), answer.text


def test_broker_killed_under_load_loses_nothing_acknowledged(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.event_sink.ACK_SECONDS", 1.0)
    jars, bootstrap_port = get_settings().kafka_jars_dir, free_port()
    properties = kafka_broker.initialise(jars, tmp_path / "kafka", "127.0.0.1", bootstrap_port, free_port())
    command, bootstrap = kafka_broker.command(jars, properties), f"127.0.0.1:{bootstrap_port}"
    with stopped_at_exit(command, tmp_path / "first.log") as first:
        wait_until(lambda: kafka_broker.create_topics(bootstrap, [*TOPICS], 2), "Kafka", seconds=120)
        with collecting(bootstrap, *TOPICS) as client:
            wait_for_kafka(client)
            clicker = Clicker(str(client.base_url), httpx.BasicAuth("test-key", ""))
            clicker.start()
            clicker.expect_more()

            refused = clicker.answers[503]  # a busy machine may have seen one already
            first.kill()
            wait_until(lambda: clicker.answers[503] > refused or 1 / 0, "a 503", seconds=60)
            wait_until(lambda: assert_ready(client, False), "the collector to notice", seconds=60)

            with stopped_at_exit(command, tmp_path / "second.log"):
                clicker.expect_more()
                clicker.end()
                wait_until(lambda: assert_ready(client, True), "the collector to notice", seconds=60)
                landed = {json.decode(record.value)["messageId"] for record in consume(bootstrap, TOPICS[0])}
    assert set(clicker.acknowledged) <= landed
    assert len(clicker.acknowledged) > 1
