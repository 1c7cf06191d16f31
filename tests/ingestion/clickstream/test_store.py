"""What a batch becomes in raw: rows by day, ids for ever, and one row per record even after the contract changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from msgspec import json, structs

from benchmarks.support.events import wire, wire_event
from events.event import Event
from events.flags import TimeFlag
from ingestion.clickstream.errors import LanderBusy
from ingestion.clickstream.lander_connection import connect_lander
from ingestion.clickstream.records import LandedEvent, Position, read_record, read_value, record_at
from ingestion.clickstream.store import Landed
from local.waiting import wait_until
from tests.support.landing import assert_no_gap, contents, execute, land_values, rows

pytestmark = pytest.mark.services

DAY = datetime(2026, 3, 29, 23, 59, 59, 999_999, tzinfo=UTC)


def test_events_lie_in_the_partition_of_the_utc_day_they_were_received(database: str) -> None:
    land_values(database, [wire(receivedAt=DAY), wire(receivedAt=DAY + timedelta(microseconds=1))])
    found = rows(database, "select tableoid::regclass::text from raw_clickstream.events order by received_at")
    assert found == [("raw_clickstream.events_20260329",), ("raw_clickstream.events_20260330",)]


def test_repeat_on_another_day_is_one_row_and_one_conflict(database: str) -> None:
    again = {"messageId": "m", "receivedAt": DAY + timedelta(days=40), "timestamp": DAY + timedelta(days=40)}
    land_values(database, [wire(messageId="m", receivedAt=DAY, timestamp=DAY)])
    landed = land_values(database, [wire(**again), wire(**again, properties={"product_id": "other"})], 1)
    assert landed == Landed(records=2, duplicates=2, conflicts=1)
    assert rows(database, "select event_id, received_at from raw_clickstream.events") == [("m", DAY)]
    assert_no_gap(database, "clicks")


def test_late_early_and_impossible_times_land_and_are_flagged(database: str) -> None:
    delays = {
        "on_time": timedelta(minutes=1), "late": timedelta(hours=1, seconds=1), "late 3": timedelta(days=3),
        "late 40": timedelta(days=40), "future": timedelta(days=-1), "implausible": timedelta(days=3653),
        "future 10 years": timedelta(days=-3653),
    }  # fmt: skip
    values = [wire(messageId=name, receivedAt=DAY, timestamp=DAY - delay) for name, delay in delays.items()]
    assert land_values(database, values[::-1]).events == len(delays)  # out of order too
    found = dict(rows(database, "select event_id, time_flag from raw_clickstream.events"))
    assert found == {name: name.split(" ")[0] for name in delays}
    assert rows(database, "select count(distinct tableoid) from raw_clickstream.events") == [(1,)]


@pytest.mark.parametrize("received_at", ["1999-12-31T23:59:59Z", "2999-01-01T00:00:00Z"])
def test_received_at_that_no_collector_wrote_makes_no_partition(database: str, received_at: str) -> None:
    days = "select count(*) from pg_inherits where inhparent = 'raw_clickstream.events'::regclass"
    land_values(database, [])
    before = rows(database, days)
    assert land_values(database, [wire(receivedAt=received_at)]).bad == 1
    assert rows(database, "select reason from raw_clickstream.bad_events") == [("invalid_timestamp",)]
    assert rows(database, days) == before


def test_texts_of_every_kind_come_back_as_they_were(database: str) -> None:
    text = 'tab\t newline\n return\r backslash\\ \\N quote" é 漢 😀 \x01\x7f'
    value = wire(
        messageId=text, anonymousId=text, event=text, properties={"product_id": text}, context={"locale": text}
    )
    land_values(database, [value])
    columns = "event_id, anonymous_id, event_name, product_id, properties ->> 'product_id', context ->> 'locale'"
    assert rows(database, f"select {columns} from raw_clickstream.events") == [(text,) * 6]
    assert land_values(database, [value], 1).duplicates == 1


def test_record_stays_what_it_was_when_the_contract_changes_and_the_log_is_read_again(database: str) -> None:
    land_values(database, [wire(messageId="a"), b"bad", wire(messageId="a"), wire(messageId="b")])
    before = contents(database)
    now_bad, now_good = b"not an event any more", wire(messageId="now an event")
    landed = land_values(database, [now_bad, now_good, now_bad, wire(messageId="b")], group="another")
    assert landed == Landed(records=4)
    assert contents(database) == before


def test_added_fields_pass_and_other_changes_of_the_schema_are_bad_by_name(database: str) -> None:
    known = {"product_id": "8001", "price": 9.5}
    added = wire(messageId="added", newField=1, properties=known | {"colour": "red"}, context={"new": {"a": [1]}})
    removed = json.encode({name: value for name, value in wire_event().items() if name != "receivedAt"})
    renamed = wire(properties={"productId": "8001"})
    retyped = wire(properties=known | {"price": "9.50"})
    new_kind = wire(type="screen")
    landed = land_values(database, [added, removed, renamed, retyped, new_kind])
    assert (landed.events, landed.bad) == (1, 4)
    # of a context only what the reader knows is kept
    assert rows(database, "select properties ->> 'colour', context -> 'new' from raw_clickstream.events") == [
        ("red", None)
    ]
    reasons = rows(database, 'select reason, detail from raw_clickstream.bad_events order by "offset"')
    assert [reason for reason, _ in reasons] == ["missing_field", "missing_field", "invalid_field", "invalid_field"]
    for (_, detail), name in zip(reasons, ("receivedAt", "product_id", "$.price", "$.type"), strict=True):
        assert name in detail


def test_two_groups_landing_one_event_at_once_leave_it_once(database: str) -> None:
    record = read_record(record_at(Position("clicks", 0, 0), wire(messageId="m")))
    with connect_lander(database, "late") as raw, psycopg.connect(database) as other:
        other.execute(
            "insert into raw_clickstream.event_ids values (md5('m')::uuid, now(), 'elsewhere', 0, 0, md5('')::uuid)"
        )
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute(f"alter database {other.info.dbname} set lock_timeout = '300ms'")
        with connect_lander(database, "later") as waiting, pytest.raises(psycopg.errors.LockNotAvailable):
            waiting.write([record])
        other.commit()
        assert raw.write([record]) == Landed(records=1, duplicates=1, conflicts=1)
    assert rows(database, "select count(*) from raw_clickstream.events") == [(0,)]


def test_day_that_was_dropped_under_a_lander_asks_it_to_run_again(database: str) -> None:
    outcomes = [read_record(record_at(Position("clicks", 0, n), wire(receivedAt=DAY))) for n in range(2)]
    with connect_lander(database, "g") as raw:
        raw.write(outcomes[:1])
        execute(database, "drop table raw_clickstream.events_20260329")
        with pytest.raises(LanderBusy, match="archive"):
            raw.write(outcomes[1:])
    with connect_lander(database, "g") as raw:
        assert raw.write(outcomes[1:]).events == 1


def test_two_landers_making_the_same_day_at_once_both_go_on(database: str) -> None:
    with psycopg.connect(database) as first:
        first.execute("select raw_clickstream.add_day('2020-02-02')")
        with ThreadPoolExecutor(1) as pool, psycopg.connect(database) as second:
            waiting = pool.submit(second.execute, "select raw_clickstream.add_day('2020-02-02')")
            wait_until(lambda: waits_for_a_lock(database, second.info.backend_pid), "the second one", seconds=60)
            first.commit()
            waiting.result(60)
    assert rows(database, "select to_regclass('raw_clickstream.events_20200202') is not null") == [(True,)]


def waits_for_a_lock(database: str, pid: int) -> None:
    if rows(database, "select wait_event_type from pg_stat_activity where pid = %s", pid) != [("Lock",)]:
        raise RuntimeError("it does not wait")


def test_event_is_found_by_its_id_through_the_ledger(database: str) -> None:
    event = read_value(wire(messageId="m", receivedAt=DAY))
    assert isinstance(event, Event)
    land_values(database, [wire(messageId="m", receivedAt=DAY)], 7)
    found = rows(
        database,
        'select day, topic, partition, "offset", payload_hash from raw_clickstream.event_ids'
        " where event_key = md5('m')::uuid",
    )
    assert [(*row[:4], row[4].hex) for row in found] == [(DAY.date(), "clicks", 0, 7, event.payload_hash)]


def test_the_table_has_the_columns_of_a_landed_event(database: str) -> None:
    """COPY, archive and benchmarks take names, order and types from LandedEvent."""
    types = {"text": str, "jsonb": str, "boolean": bool, "integer": int, "bigint": int}
    found = rows(
        database,
        "select column_name, data_type, is_nullable = 'YES' from information_schema.columns"
        " where table_schema = 'raw_clickstream' and table_name = 'events' order by ordinal_position",
    )
    declared = [(field.name, field.type) for field in structs.fields(LandedEvent)]
    assert [name for name, *_ in found] == [name for name, _ in declared]
    for (name, data_type, is_nullable), (_, annotation) in zip(found, declared, strict=True):
        python_type = types.get(data_type, datetime)
        allowed = python_type | None if is_nullable else python_type
        assert annotation in (allowed, TimeFlag), (name, data_type, annotation)
