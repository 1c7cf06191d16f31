"""The stream's process dies or is started twice: counts equal a recomputation from raw."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from comptoir.settings import REPOSITORY, get_settings
from ingestion.kafka_landing import land
from local.waiting import wait_until
from streaming.recompute import compare_with_raw
from tests.clicks import as_records, random_events
from tests.kafka_records import produce

pytestmark = pytest.mark.services


class StreamProcess:
    """`python -m streaming.job` with a data folder of its own."""

    def __init__(self, kafka: str, database: str, topic: str, folder: Path) -> None:
        self.database = database
        self.connection = psycopg.connect(database, autocommit=True)
        self.log = folder / "stream.log"
        self.data_dir = folder / "data"
        self.data_dir.mkdir()
        (self.data_dir / "lib").symlink_to(get_settings().data_dir / "lib")
        self.started: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | {
            "COMPTOIR_DATA_DIR": str(self.data_dir),
            "COMPTOIR_KAFKA_BOOTSTRAP": kafka,
            "COMPTOIR_POSTGRES_URL": database,
            "COMPTOIR_CLICKS_TOPIC": topic,
            "COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER": "150",
        }

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "streaming.job", *options]
            process = subprocess.Popen(
                command, cwd=REPOSITORY, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.started.append(process)
        return process

    def read(self) -> int:
        """Records behind the fence."""
        [(read,)] = self.connection.execute("select coalesce(sum(next_offset), 0) from serving.stream_offsets")
        return int(read)

    def wait_for(self, offsets: int) -> None:
        def check() -> None:
            if self.read() < offsets:
                raise RuntimeError(f"read {self.read()}, waiting for {offsets}; log: {self.log.read_text()[-2000:]}")

        wait_until(check, "the stream", seconds=180, every=0.02)


@pytest.fixture
def stream(kafka: str, database: str, topics: tuple[str, str], tmp_path: Path) -> Iterator[StreamProcess]:
    process = StreamProcess(kafka, database, topics[0], tmp_path)
    yield process
    for started in process.started:
        if started.poll() is None:
            started.kill()
            started.wait(10)
    process.connection.close()


@pytest.mark.timeout(600)  # a Spark driver takes its time to start on a busy machine
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
    assert running.wait(10) == -signal.SIGKILL
    assert stream.read() < len(records), "the kill came too late to prove anything"

    running = stream.start()
    stream.wait_for(int(0.6 * len(records)))
    second = stream.start("--available-now")
    assert second.wait(60) == 1
    assert "is running: stop it first" in stream.log.read_text()
    stream.wait_for(len(records))
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0, stream.log.read_text()[-2000:]

    land(kafka, stream.database, [topics[0]])
    comparison = compare_with_raw(stream.database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == len(events)
