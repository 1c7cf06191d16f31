"""A record that Postgres refuses, in the middle of 10,000, and kill -9 while stream and lander halve the batch.

After the restart both have finished: 9,999 events count once, one is set apart with its reason.
"""

from __future__ import annotations

import math
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.support.clicks import as_records, random_events
from benchmarks.support.kafka_records import produce
from benchmarks.support.stream_process import StreamProcess
from comptoir.repository import REPOSITORY
from local.waiting import wait_until
from recommendations.session_counts import ProductEvent
from streaming.recompute import compare_with_raw
from tests.support.landing import assert_no_gap, rows
from tests.support.refusals import refuse, tries
from tests.support.streams import count_topic

pytestmark = pytest.mark.services

EVENTS, PLACE = 10_000, 6_789
HALVINGS = math.ceil(math.log2(EVENTS)) + 1
LANDER = "import sys; from ingestion.clickstream.landing import land; print(land(*sys.argv[1:3], sys.argv[3:]))"


@pytest.fixture
def clicks(kafka: str, topics: tuple[str, str]) -> list[ProductEvent]:
    """10,000 events in one partition."""
    events = random_events(random.Random(20261127), sessions=2_000, products=300)[:EVENTS]
    produce(kafka, topics[0], as_records(events), partition=0)
    return events


@pytest.fixture
def stream(kafka: str, database: str, topics: tuple[str, str], tmp_path: Path) -> Iterator[StreamProcess]:
    settings = {"COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER": str(2 * EVENTS)}
    process = StreamProcess(kafka, database, topics[0], tmp_path, **settings)
    yield process
    process.stop()


def start_lander(kafka: str, database: str, topics: tuple[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        command = [sys.executable, "-c", LANDER, kafka, database, *topics]
        return subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=output)


def kill_while_halving(process: subprocess.Popen[bytes], database: str, before: int) -> None:
    """Kill the process at the third time that Postgres refuses the record: `before` times it did so before."""

    def check() -> None:
        assert process.poll() is None, "it ended before it could be killed"
        assert tries(database) >= before + 3

    wait_until(check, "the halving", seconds=300, every=0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL


@pytest.mark.timeout(1200)  # a Spark driver takes its time to start on a busy machine
@pytest.mark.parametrize("is_killed", [False, True], ids=["undisturbed", "killed"])
def test_stream_and_lander_finish_and_agree(
    stream: StreamProcess,
    clicks: list[ProductEvent],
    kafka: str,
    topics: tuple[str, str],
    tmp_path: Path,
    is_killed: bool,
) -> None:
    database, poison, log = stream.database, clicks[PLACE].event_id, tmp_path / "lander.log"
    refuse(database, "serving.visitor_events", poison)
    refuse(database, "raw_clickstream.events", poison)
    if is_killed:
        kill_while_halving(stream.start(), database, 0)
        assert stream.read() < EVENTS
        assert rows(database, "select count(*) from serving.poison_records") == [(0,)]
    before = tries(database)
    assert stream.start("--available-now").wait(400) == 0, stream.log.read_text()[-2000:]
    assert tries(database) - before <= HALVINGS
    assert stream.read() == EVENTS
    apart = rows(database, 'select "offset", event_id, reason from serving.poison_records')
    assert apart == [(PLACE, poison, "RaiseException: there is no room")]
    counted = rows(database, "select count(*), count(distinct event_id) from serving.visitor_events")
    assert counted == [(EVENTS - 1, EVENTS - 1)]

    if is_killed:
        kill_while_halving(start_lander(kafka, database, topics, log), database, tries(database))
        assert rows(database, "select count(*) from raw_clickstream.bad_events") == [(0,)]
    before = tries(database)
    assert start_lander(kafka, database, topics, log).wait(300) == 0, log.read_text()[-2000:]
    assert tries(database) - before <= 3 * HALVINGS  # a run reads the log in a few batches
    assert rows(database, "select count(*) from raw_clickstream.events") == [(EVENTS - 1,)]
    bad = rows(database, 'select "offset", reason, detail from raw_clickstream.bad_events')
    assert bad == [(PLACE, "unstorable", "RaiseException: there is no room")]
    assert_no_gap(database, topics[0])
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message


@pytest.mark.parametrize("whose", ["stream", "lander"])
def test_what_only_one_of_them_refuses_is_no_difference(
    kafka: str, database: str, topics: tuple[str, str], whose: str
) -> None:
    events = random_events(random.Random(5), sessions=40)
    produce(kafka, topics[0], as_records(events), partition=0)
    refuse(
        database, {"stream": "serving.visitor_events", "lander": "raw_clickstream.events"}[whose], events[9].event_id
    )
    count_topic(kafka, database, topics[0])
    assert start_lander(kafka, database, topics, Path("/dev/null")).wait(120) == 0
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == len(events) - (whose == "stream")
