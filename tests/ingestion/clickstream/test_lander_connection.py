"""A batch of which one record cannot be stored: that one is kept as bad, unless no record is at fault."""

from __future__ import annotations

import psycopg
import pytest

from benchmarks.support.events import NOW, wire
from ingestion.clickstream.errors import LanderBusy
from ingestion.clickstream.lander_connection import connect_lander
from ingestion.clickstream.records import Position, read_record, record_at
from tests.support.landing import assert_no_gap, execute, land_values, rows
from tests.support.refusals import refuse, tries

pytestmark = pytest.mark.services

BAD = 'select "offset", reason, detail, payload from raw_clickstream.bad_events'


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("raise exception 'no room'", "RaiseException: no room"),
        ("raise check_violation using message = 'no room'", "CheckViolation: no room"),  # not a missing partition
        ("new.properties := repeat('x', 10)", "InvalidTextRepresentation: invalid input syntax for type json"),
    ],
)
def test_a_record_that_postgres_refuses_is_kept_as_bad(database: str, fault: str, reason: str) -> None:
    refuse(database, "raw_clickstream.events", "m3", fault)
    values = [wire(messageId=f"m{number}") for number in range(8)]
    landed = land_values(database, [*values[:5], b"bad", *values[5:], values[0]])
    assert (landed.records, landed.events, landed.bad, landed.duplicates) == (10, 7, 2, 1)
    assert rows(database, BAD + " where reason = 'unstorable'") == [(3, "unstorable", reason, values[3])]
    assert_no_gap(database, "clicks")


def test_a_rule_of_the_table_names_no_visitor(database: str) -> None:
    execute(database, "alter table raw_clickstream.events add constraint short check (length(product_id) < 9)")
    land_values(database, [wire(), wire(properties={"product_id": "long-enough"}, anonymousId="secret-visitor")])
    [(_, reason, detail, _)] = rows(database, BAD)
    assert reason == "unstorable" and '"short"' in detail and "secret-visitor" not in detail


def test_a_missing_day_is_no_records_fault(database: str) -> None:
    with connect_lander(database, "g") as lander:
        outcomes = [read_record(record_at(Position("clicks", 0, offset), wire())) for offset in range(2)]
        lander.write(outcomes[:1])
        execute(database, f"drop table raw_clickstream.events_{NOW:%Y%m%d}")
        with pytest.raises(LanderBusy, match="A day was archived"):
            lander.write(outcomes[1:])
    assert rows(database, BAD) == []


def test_postgres_away_is_nobodys_fault(database: str) -> None:
    refuse(database, "raw_clickstream.events", "m1", "perform pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(psycopg.OperationalError):
        land_values(database, [wire(messageId=f"m{number}") for number in range(4)])
    assert tries(database) == 1
    assert rows(database, BAD) == rows(database, "select * from raw_clickstream.kafka_offsets") == []


def test_a_bad_record_that_cannot_be_kept_stops_the_lander(database: str) -> None:
    execute(database, "alter table raw_clickstream.bad_events add check (reason <> 'invalid_json')")
    with pytest.raises(psycopg.errors.CheckViolation):
        land_values(database, [wire(), b"bad", wire()])
    assert rows(database, "select next_offset from raw_clickstream.kafka_offsets") == [(1,)]
