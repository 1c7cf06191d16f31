from __future__ import annotations

from datetime import UTC

import psycopg
import pyarrow as pa
import pytest

from benchmarks.support.clicks import event
from recommendations.session_counts import ProductEvent
from streaming.batch_rows import ARROW_SCHEMA, SPARK_SCHEMA, BatchRow, rows_of


def test_rows_come_back_as_they_went() -> None:
    made = event("8001")
    row = dict(zip(ARROW_SCHEMA.names, (1, 7, "o1", *made), strict=True))
    [found] = rows_of(pa.RecordBatch.from_pylist([row], schema=ARROW_SCHEMA))
    assert found == BatchRow(1, 7, made, "o1")
    assert found.event.occurred_at.tzinfo is UTC


def test_spark_and_arrow_have_the_same_columns() -> None:
    assert [column.split()[0] for column in SPARK_SCHEMA.split(", ")] == ARROW_SCHEMA.names


@pytest.mark.services
def test_an_event_has_the_columns_of_its_table(database: str) -> None:
    with psycopg.connect(database) as connection:
        columns = connection.execute("select * from serving.visitor_events").description or []
    assert tuple(column.name for column in columns) == ProductEvent._fields
