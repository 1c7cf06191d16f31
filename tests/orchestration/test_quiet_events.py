"""What a sensor sees is written when it has changed, and now and then otherwise."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.quiet_events import REPEAT_SECONDS, only_changes

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
EVENTS = [dg.AssetObservation("alerts")]


def test_what_has_not_changed_is_written_again_only_after_a_while() -> None:
    first = only_changes(EVENTS, [True, []], None, NOW)
    assert list(first.asset_events) == EVENTS
    again = only_changes(EVENTS, [True, []], first.cursor, NOW + timedelta(minutes=1))
    assert not again.asset_events and again.skip_reason and again.cursor is None  # Dagster keeps the old cursor
    assert only_changes(EVENTS, [True, ["x"]], first.cursor, NOW + timedelta(minutes=1)).asset_events
    assert only_changes(EVENTS, [True, []], first.cursor, NOW + timedelta(seconds=REPEAT_SECONDS)).asset_events
