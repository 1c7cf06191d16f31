"""Events landed without Kafka, and what is asked of raw afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from ingestion.clickstream.lander_connection import connect_lander
from ingestion.clickstream.records import Position, read_record, record_at
from ingestion.clickstream.store import Landed

RAW_TABLES = ("events", "event_ids", "bad_events", "duplicate_events")
TOPIC = "clicks"


def land_values(
    database: str, values: Iterable[bytes | None], first_offset: int = 0, topic: str = TOPIC, group: str = "test"
) -> Landed:
    """Land the values as consecutive records of partition 0, as a lander would."""
    records = [record_at(Position(topic, 0, first_offset + n), value) for n, value in enumerate(values)]
    with connect_lander(database, group) as raw:
        return raw.write([read_record(record) for record in records])


def rows(database: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode(), values or None).fetchall()


def execute(database: str, statement: str, *values: Any) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(statement.encode(), values or None)


def contents(database: str) -> list[Any]:
    """Everything landed, without the times of landing."""
    return [
        rows(database, f"select to_jsonb(t) - 'landed_at' from raw_clickstream.{table} as t order by 1")
        for table in RAW_TABLES
    ]


def hashes(database: str) -> list[Any]:
    """One hash a table, of all its rows, times of landing included."""
    return [
        rows(
            database,
            f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from raw_clickstream.{table} as t",
        )
        for table in RAW_TABLES
    ]


def assert_no_gap(database: str, topic: str) -> None:
    """I2: one row per offset from 0 to the stored next offset, in exactly one of the three tables."""
    landed = rows(
        database,
        f"""
        select kafka_partition, kafka_offset from raw_clickstream.events where kafka_topic = '{topic}'
        union all select partition, "offset" from raw_clickstream.bad_events where topic = '{topic}'
        union all select partition, "offset" from raw_clickstream.duplicate_events where topic = '{topic}'
        """,
    )
    ends = rows(database, f"select partition, next_offset from raw_clickstream.kafka_offsets where topic = '{topic}'")
    expected = [(partition, offset) for partition, end in ends for offset in range(end)]
    assert sorted(landed) == sorted(expected)
