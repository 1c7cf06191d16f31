"""Whatever the collector accepts is landed, counted by the stream and built by dbt, and shuts no gate.

So are, as an increment, rows that landed before the contract had limits.
The events are extreme and legal: incompressible texts at each limit, numbers at each end, all scripts. `make fuzz`
sends a hundred times as many.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from pyspark.sql import SparkSession

from benchmarks.support.extreme_events import extreme_events
from benchmarks.support.in_process import BAD_TOPIC, TOPIC, InProcess
from benchmarks.support.kafka_records import produce
from expectations.validate import validate
from ingestion.clickstream.landing import land
from streaming.job import StreamConfig, open_stream, run
from streaming.recompute import compare_with_raw
from tests.support.landing import rows
from tests.support.older_events import insert_older_events
from tests.support.warehouse_fixtures import build_marts, build_staging, make_small_shop, small_orders

pytestmark = pytest.mark.services

SEED = 11
EVENTS_A_REQUEST = 20
ACCEPTED_SHARE = 0.9  # the generator stays within the contract, but for what a generator cannot know


@pytest.fixture(scope="module")
def accepted(request: pytest.FixtureRequest) -> dict[str, list[bytes]]:
    """The records of each topic after the collector has answered every request."""
    collector = InProcess()
    events = of_known_orders(extreme_events(SEED, request.config.getoption("--extreme-events")))
    while batch := list(islice(events, EVENTS_A_REQUEST)):
        answer = collector.post(body=json.encode({"batch": batch}))
        assert answer.status == 200, answer.body
    records: dict[str, list[bytes]] = {TOPIC: [], BAD_TOPIC: []}
    for record in collector.sink.records:
        records[record.topic].append(record.value)
    return records


def of_known_orders(events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same; every third order in them is one that the shop has."""
    known = [str(order["id"]) for order in small_orders()]
    for number, event in enumerate(events):
        properties = event.get("properties") or {}
        if number % 3 == 0 and "order_id" in properties:
            properties["order_id"] = known[number % len(known)]
        yield event


def test_extreme_events_go_the_whole_way(
    accepted: dict[str, list[bytes]], kafka: str, topics: tuple[str, str], database: str, spark: SparkSession,
    tmp_path: Path, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    clicks, bad = topics
    sent = request.config.getoption("--extreme-events")
    assert len(accepted[TOPIC]) >= ACCEPTED_SHARE * sent
    make_small_shop(database)
    before = rows(database, "select count(*) from raw_clickstream.events")[0][0]

    produce(kafka, clicks, accepted[TOPIC])
    produce(kafka, bad, accepted[BAD_TOPIC])
    land(kafka, database, [clicks, bad])
    [(landed,)] = rows(database, "select count(*) from raw_clickstream.events")
    assert landed - before == len({json.decode(value)["messageId"] for value in accepted[TOPIC]})
    assert rows(database, "select reason, detail from raw_clickstream.bad_events where topic = %s", clicks) == []

    config = StreamConfig(kafka, clicks, database, tmp_path / "checkpoint", max_offsets_per_trigger=5_000)
    with open_stream(config) as connection:
        run(spark, connection, config, available_now=True, stop=threading.Event())
    assert rows(database, "select reason from serving.poison_records") == []
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message

    for layer, build in (("raw", None), ("staging", build_staging), ("marts", build_marts)):
        if build is not None:
            built = build(database, tmp_path / layer)
            assert built.returncode == 0, built.stdout
        gate = validate(layer, database, "shopify")
        assert gate.success, gate.message
    older = insert_older_events(database)
    for build in (build_staging, build_marts):
        built = build(database, tmp_path / "older")
        assert built.returncode == 0, built.stdout
    [(staged, with_results, first_places)] = rows(
        database,
        """
        select count(*), count(results_count), count(*) filter (where list_position = 0)
        from staging.stg_clickstream__events
        """,
    )
    assert staged == landed + older
    assert with_results > 10 and first_places > 10
    [(searches, longest)] = rows(database, "select count(*), max(length(search_query)) from marts.fct_searches")
    assert searches > sent // 40 and longest == 1_000
