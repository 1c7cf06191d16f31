"""The device's clock and ours."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(moment: datetime | None) -> datetime | None:
    """In UTC; a time without a zone is taken for UTC. Raises OverflowError outside the calendar."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def event_time(original: datetime | None, sent_at: datetime | None, received_at: datetime) -> datetime:
    """When it happened, by our clock: the device's may be wrong by years, the span between two readings is right."""
    if original is None:
        return received_at
    return original if sent_at is None else received_at - (sent_at - original)
