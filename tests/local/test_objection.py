"""Who objects is erased, and what comes of them later is not kept; who was only erased is a new visitor afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest

from benchmarks.support.clicks import event
from ingestion.clickstream.records import Position, read_record, record_at
from ingestion.clickstream.store import store
from privacy.journal import Journal
from privacy.requests import request_of
from privacy.suppression import FOR_GOOD, suppression
from streaming import new_events
from tests.support.landing import TOPIC, execute, rows
from tests.support.planted import Planted
from tests.support.planted_shop import PlantedShop
from tests.support.streams import Stream

pytestmark = pytest.mark.services

OBJECTS, ERASED, KEPT = (Planted(number) for number in range(3))


def erase(shop: PlantedShop, person: Planted, erased_before: datetime | None = None) -> None:
    with psycopg.connect(shop.url, autocommit=True) as connection:
        request = request_of(connection, "customers/redact", person.customer_id)
    subject = shop.forgetting.subject(str(person.customer_id), erased_before=erased_before)
    shop.forgetting.erase([request.request_id], subject)


def test_what_comes_later_of_who_objected_is_not_kept(make_database: Callable[[], str], tmp_path: Path) -> None:
    shop = PlantedShop(make_database(), tmp_path, [OBJECTS, ERASED, KEPT])
    erase(shop, OBJECTS, FOR_GOOD)
    erase(shop, ERASED)
    erase(shop, OBJECTS)  # a second erasure takes no objection back
    later = datetime.now(UTC) + timedelta(minutes=5)

    def landed(person: Planted, event_id: str, visitor: str | None = None, **named: str) -> int:
        value = msgspec.json.decode(person.values()[0])
        value |= {"messageId": event_id, "receivedAt": later, "timestamp": later, **named}
        value |= {"anonymousId": visitor} if visitor else {}
        with psycopg.connect(shop.url) as connection, connection.cursor() as cursor:
            connection.execute("select raw_clickstream.add_day(%s)", [later.date()])
            record = record_at(Position(TOPIC, 0, 9_000 + len(event_id)), msgspec.json.encode(value))
            return store(cursor, [read_record(record)]).events

    assert [landed(person, "a" * n) for n, person in enumerate((OBJECTS, ERASED, KEPT), 1)] == [0, 1, 1]
    # on a new device, as soon as it is signed in
    assert landed(OBJECTS, "b" * 4, visitor="new-phone", userId=OBJECTS.pseudonym) == 0
    stream = Stream(shop.url)
    batch = stream.rows([event("a", 1, visitor_id=person.devices[0]) for person in (OBJECTS, KEPT)])
    kept = new_events.not_erased(stream.connection, batch, suppression())
    assert [row.event.visitor_id for row in kept] == [KEPT.devices[0]]
    stream.connection.close()

    # and after a restore, by the journal
    assert FOR_GOOD in {entry.erased_before for entry in Journal(shop.settings.privacy_journal).entries()}
    execute(shop.url, "delete from pii.suppressed")
    assert shop.forgetting.reapply() == 0
    assert landed(OBJECTS, "c" * 5) == 0
    assert rows(shop.url, "select count(*) from raw_clickstream.events where anonymous_id = 'new-phone'") == [(0,)]
