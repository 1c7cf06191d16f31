"""After two weeks a refused event is no more than its reason, its size, its place and the names of its fields."""

from __future__ import annotations

import pytest

from benchmarks.support.events import wire
from ingestion.clickstream.bad_bytes import field_names, forget_old_bytes
from tests.support.landing import execute, land_values, rows

pytestmark = pytest.mark.services

REFUSED = b'{"messageId":"m","properties":{"query":"my secret","no name: Ada":1},"context":{"locale":"fr"}}'
UNREADABLE = b'{"unreadable_bytes":7000,"fields":["type","price"]}'


def test_old_bytes_are_forgotten_and_their_reason_stays(database: str) -> None:
    land_values(database, [REFUSED, UNREADABLE, b"\xff", None, b"{}"])
    execute(
        database,
        "update raw_clickstream.bad_events set landed_at = now() - interval '15 days' where \"offset\" < 4",
    )
    kept = rows(database, 'select reason, detail from raw_clickstream.bad_events order by "offset"')
    assert forget_old_bytes(database, days=14) == 3
    assert rows(
        database,
        'select payload, bytes_count, field_names from raw_clickstream.bad_events order by "offset"',
    ) == [
        (None, len(REFUSED), ["messageId", "properties", "context", "properties.query", "context.locale"]),
        (None, len(UNREADABLE), ["type", "price"]),
        (None, 1, []),
        (None, None, None),
        (b"{}", None, None),
    ]
    assert rows(database, 'select reason, detail from raw_clickstream.bad_events order by "offset"') == kept
    assert forget_old_bytes(database, days=14) == 0


def test_a_conflict_keeps_its_bytes_no_longer(database: str) -> None:
    old, new = (wire(messageId="m", properties={"product_id": each}) for each in ("old", "new"))
    land_values(database, [wire(messageId="m"), old, new])
    execute(
        database,
        "update raw_clickstream.duplicate_events set landed_at = now() - interval '15 days' where \"offset\" = 1",
    )
    assert forget_old_bytes(database, days=14) == 1
    kept = rows(database, 'select is_conflict, payload from raw_clickstream.duplicate_events order by "offset"')
    assert kept == [(True, None), (True, new)]


def test_names_of_hostile_bytes_are_few_and_short() -> None:
    hostile = b'{"' + b'":1,"'.join(b"f%d" % n for n in range(5_000)) + b'":1}'
    assert len(field_names(hostile)) == 100
    assert field_names(b'{"%s":1}' % (b"x" * 41)) == field_names(b"[" * 100_000) == field_names(b"[1]") == []
