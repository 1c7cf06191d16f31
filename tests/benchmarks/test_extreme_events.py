"""The events at the limits of the contract are legal: the collector accepts each, and its readers read each."""

from __future__ import annotations

from msgspec import json

from benchmarks.support.events import NOW
from benchmarks.support.extreme_events import TYPES, extreme_events
from collector.enrichment import EnrichedEvent, Sender, enrich_event
from events.event import Event, parse


def test_every_extreme_event_is_accepted_and_read_back() -> None:
    refused = []
    rows: list[Event] = []
    for event in extreme_events(seed=1, count=15 * len(TYPES)):
        enriched = enrich_event(json.encode(event), Sender(received_at=NOW), "key")
        row = parse(enriched.value) if isinstance(enriched, EnrichedEvent) else enriched
        rows += [row] if isinstance(row, Event) else []
        refused += [] if isinstance(row, Event) else [(event, row)]
    assert refused == []
    assert {row.event_name for row in rows} >= {name for _, name, _ in TYPES}
    assert {len(row.event_id) for row in rows} >= {len("1-0-") + 200}
    assert {row.time_flag for row in rows} == {"on_time", "late", "future", "implausible"}


def test_a_seed_gives_the_same_events_again() -> None:
    assert list(extreme_events(7, 40)) == list(extreme_events(7, 40)) != list(extreme_events(8, 40))
