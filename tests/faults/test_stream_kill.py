"""The stream's process is killed or started twice: its counts still equal a recomputation from raw."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.support.clicks import as_records, random_events
from benchmarks.support.kafka_records import produce
from benchmarks.support.stream_process import StreamProcess
from ingestion.clickstream.landing import land
from streaming.recompute import compare_with_raw

pytestmark = pytest.mark.services


@pytest.fixture
def stream(kafka: str, database: str, topics: tuple[str, str], tmp_path: Path) -> Iterator[StreamProcess]:
    process = StreamProcess(kafka, database, topics[0], tmp_path)
    yield process
    process.stop()


@pytest.mark.timeout(1200)  # a Spark driver takes its time to start on a busy machine
def test_kill_9_and_a_second_stream_leave_the_counts_right(
    stream: StreamProcess, kafka: str, topics: tuple[str, str]
) -> None:
    rng = random.Random(20261123)
    events = random_events(rng, sessions=250)
    records: list[bytes | None] = [*as_records(events)]
    records += rng.sample(records, 100)
    for partition in (0, 1):
        produce(kafka, topics[0], records[partition::2], partition=partition)

    running = stream.start()
    stream.wait_for(int(0.3 * len(records)))
    time.sleep(rng.uniform(0, 0.3))  # anywhere inside a batch
    running.send_signal(signal.SIGKILL)
    assert running.wait(60) == -signal.SIGKILL
    assert stream.read() < len(records), "the kill came too late to prove anything"

    running = stream.start()
    stream.wait_for(int(0.6 * len(records)))
    second = stream.start("--available-now")
    assert second.wait(180) == 1
    assert "is running: stop it first" in stream.log.read_text()
    stream.wait_for(len(records))
    running.send_signal(signal.SIGTERM)
    assert running.wait(180) == 0, stream.log.read_text()[-2000:]

    land(kafka, stream.database, [topics[0]])
    comparison = compare_with_raw(stream.database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == len(events)
