"""Times of a device whose clock may be wrong, in UTC and corrected by the collector's clock."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(moment: datetime | None) -> datetime | None:
    """The moment in UTC; one without a zone counts as UTC. Raises OverflowError outside the years 1 to 9999."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def event_time(original: datetime | None, sent_at: datetime | None, received_at: datetime) -> datetime:
    """When the event happened by the collector's clock; all times in UTC.

    A device's clock may be wrong by years, but the span between two of its readings is right.
    Raises OverflowError outside the years 1 to 9999.
    """
    if original is None:
        return received_at
    return original if sent_at is None else received_at - (sent_at - original)
