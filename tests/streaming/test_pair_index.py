"""The pair index, built by a real Spark from a real raw layer, compared with the counts of the stream."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pyspark.sql import SparkSession

from benchmarks.support.clicks import MONDAY, as_records, event, random_events
from benchmarks.support.kafka_records import produce
from ingestion.clickstream.landing import land
from recommendations.session_counts import ProductEvent
from streaming.batch import apply_batch
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.pair_index import build_pair_index
from streaming.state import StreamName

pytestmark = pytest.mark.services

FIRST_WEEK = MONDAY.date()


def count_as_stream(database: str, events: list[ProductEvent]) -> None:
    rows = [BatchRow(0, offset, e) for offset, e in enumerate(events)]
    with psycopg.connect(database, autocommit=True) as connection:
        apply_batch(connection, ShopMemory(connection), StreamName("test", "clicks"), rows)


def index_rows(database: str) -> int:
    with psycopg.connect(database) as connection:
        [(rows,)] = connection.execute("select count(*) from serving.pair_index").fetchall()
    return int(rows)


def pairs_of(database: str, table: str) -> dict[date, list[tuple[Any, ...]]]:
    """Week -> its pairs with their weights, sorted."""
    columns = "week_start, product_id, neighbour_id, similar_weight, together_weight, bought_count"
    weeks: dict[date, list[tuple[Any, ...]]] = {}
    with psycopg.connect(database) as connection:
        query = f"select {columns} from serving.{table} order by {columns}"
        for week, *pair in connection.execute(query.encode()):
            weeks.setdefault(week, []).append(tuple(pair))
    return weeks


@pytest.fixture
def landed(kafka: str, database: str, topics: tuple[str, str]) -> str:
    """Raw with three weeks of sessions, counted by the stream's code; one has a text that CSV must quote."""
    events = random_events(random.Random(3), sessions=400)
    odd = {"session_id": 'a "session",\nof two lines', "visitor_id": "odd", "category": ""}
    events += [event("8001", 1, **odd), event("8002", 2, kind="purchase", **odd), event("8003", 3, **odd)]
    produce(kafka, topics[0], as_records(events))
    assert land(kafka, database, [topics[0]]).events == len(events)
    count_as_stream(database, events)
    return database


def test_spark_counts_from_raw_what_the_stream_counts_click_by_click(
    spark: SparkSession, landed: str, tmp_path: Path
) -> None:
    report = build_pair_index(spark, landed, tmp_path / "index", FIRST_WEEK, weeks=4)
    assert report.pairs == index_rows(landed) > 1_000
    assert pairs_of(landed, "pair_index") == pairs_of(landed, "pair_counts")
    assert not (tmp_path / "index").exists()


def test_a_week_is_replaced_and_the_others_stay(spark: SparkSession, landed: str, tmp_path: Path) -> None:
    build_pair_index(spark, landed, tmp_path / "index", FIRST_WEEK, weeks=4)
    rows = index_rows(landed)
    with psycopg.connect(landed, autocommit=True) as connection:
        connection.execute("update serving.pair_index set similar_weight = 0")
    second = date(2026, 11, 23)
    one = build_pair_index(spark, landed, tmp_path / "index", second, weeks=1)
    assert 0 < one.pairs < rows == index_rows(landed)
    in_index, counted = pairs_of(landed, "pair_index"), pairs_of(landed, "pair_counts")
    third = date(2026, 11, 30)
    assert in_index.keys() == counted.keys()
    assert {week: in_index[week] == counted[week] for week in (FIRST_WEEK, second, third)} == {
        FIRST_WEEK: False, second: True, third: False,
    }  # fmt: skip


def test_a_week_without_clicks_has_no_pairs(spark: SparkSession, landed: str, tmp_path: Path) -> None:
    assert build_pair_index(spark, landed, tmp_path / "index", date(2026, 1, 5), weeks=1).pairs == 0
