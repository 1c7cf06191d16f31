from __future__ import annotations

from datetime import UTC

import psycopg
import pytest

from benchmarks.support.clicks import event
from recommendations.session_counts import ProductEvent
from streaming.batch_rows import ARROW_SCHEMA, SPARK_SCHEMA, BatchRow, as_arrow, rows_of


def test_rows_come_back_as_they_went() -> None:
    made = BatchRow(1, 7, event("8001"), "o1", "c1")
    [found] = rows_of(as_arrow([made]))
    assert found == made
    assert found.event.occurred_at.tzinfo is UTC
    assert list(rows_of(as_arrow([]))) == []


def test_spark_and_arrow_have_the_same_columns() -> None:
    assert [column.split()[0] for column in SPARK_SCHEMA.split(", ")] == ARROW_SCHEMA.names


@pytest.mark.services
def test_an_event_has_the_columns_of_its_table(database: str) -> None:
    with psycopg.connect(database) as connection:
        columns = connection.execute("select * from serving.visitor_events").description or []
    assert tuple(column.name for column in columns) == ProductEvent._fields
