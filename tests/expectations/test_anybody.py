"""Anybody can send events: what visitors alone can cause shuts no gate."""

from __future__ import annotations

from typing import get_args

from events.envelope import EventType
from tests.support.mutation_table import rules_of_raw


def test_what_visitors_alone_can_cause_blocks_nothing() -> None:
    """docs/gates.md lists the rules that read clicks, and whether anybody could break them by sending events."""
    blocking = {name for (_, name), rule in rules_of_raw().items() if rule.severity.value == "critical"}
    by_anybody = {
        "bad_events_are_few", "completed_orders_are_in_the_shop", "conflicting_events_are_few",
        "event_hours_are_as_usual", "event_mix_is_as_usual", "events_are_not_in_the_future",
        "events_are_not_sent_twice", "events_name_customers_as_usual", "events_of_a_day_are_as_usual",
        "newest_event_is_of_today", "no_event_name_fell_silent", "product_events_have_a_price",
        "robots_are_as_few_as_usual",
    }  # fmt: skip
    of_clicks = {name for (table, name) in rules_of_raw() if table == "raw_clickstream.events"}
    assert by_anybody & blocking == set()
    assert of_clicks - by_anybody == {
        "event_ids_are_unique", "event_types_are_known", "orders_have_their_event", "product_events_name_their_product",
    }  # fmt: skip


def test_the_gate_knows_every_type_of_event_of_the_contract() -> None:
    rule = rules_of_raw()["raw_clickstream.events", "event_types_are_known"]
    assert set(rule.value_set) == set(get_args(EventType))
