"""The no of a visitor on its way to the stream: a record that holds nothing but whose no it is and when.

Only so can what was kept with consent before be forgotten at once. A page whose every event says no does not cost a
record per event: within REMEMBERED_SECONDS a visitor's no is told once, unless they agreed in between, or sent an event
of type `withdrawal` to say so. The memory is this process's own: with several collectors a visitor may be told more
often, and a no after a yes that another collector took, at the latest with the first event after that time.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime

from msgspec import json

from collector.enrichment import EnrichedEvent, WithoutConsent
from events.bounds import KEY_CHARACTERS
from events.context import Agreed, Context
from events.envelope import Envelope

REMEMBERED_SECONDS = 600.0
MAX_VISITORS = 100_000  # about 15 MB
REFUSED = Context(consent=Agreed(analytics=False, personalisation=False))

_encoder = json.Encoder()


class Withdrawals:
    """Which visitors' noes were told lately, the oldest first."""

    def __init__(self, max_visitors: int = MAX_VISITORS):
        self._told_at: OrderedDict[bytes, float] = OrderedDict()
        self._max_visitors = max_visitors

    def to_tell(self, refused: Iterable[WithoutConsent], received_at: datetime, now: float) -> list[EnrichedEvent]:
        """A record for each visitor among `refused` whose no is to be told. `now`: seconds of a monotonic clock."""
        found: dict[str, WithoutConsent] = {}
        for one in refused:
            if one.visitor is None or len(one.visitor) > KEY_CHARACTERS:
                continue
            told_at = self._told_at.get(one.visitor.encode())
            if one.message_id or told_at is None or now - told_at > REMEMBERED_SECONDS:
                found[one.visitor] = one
        return [_record(visitor, one, received_at) for visitor, one in found.items()]

    def told(self, records: Iterable[EnrichedEvent], now: float) -> None:
        """Remember that Kafka has these."""
        for record in records:
            self._told_at.pop(record.key, None)
            self._told_at[record.key] = now
            if len(self._told_at) > self._max_visitors:
                self._told_at.popitem(last=False)

    def agreed(self, events: Iterable[EnrichedEvent]) -> None:
        """Forget the visitors of these events: their next no is a new one."""
        if self._told_at:
            for event in events:
                self._told_at.pop(event.key, None)


def _record(visitor: str, refused: WithoutConsent, received_at: datetime) -> EnrichedEvent:
    envelope = Envelope(
        message_id=refused.message_id or str(uuid.uuid4()),
        type="withdrawal",
        anonymous_id=visitor,
        received_at=received_at,
        timestamp=refused.said_at or received_at,
        context=REFUSED,
        properties={},
    )
    return EnrichedEvent(visitor.encode(), _encoder.encode(envelope))
