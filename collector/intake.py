"""What happens to the events of one request: write key, enrichment one by one, limits, delivery, counting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NoReturn

from msgspec import Struct

from collector.access import Headers, check_write_key
from collector.batch import BOM, decode_body, events_of
from collector.config import CollectorConfig
from collector.enrichment import EnrichedEvent, RefusedEvent, Sender, WithoutConsent, enrich_event
from collector.event_sink import OutgoingRecord, Sink, SinkUnavailable
from collector.http_refusal import HttpRefusal
from collector.identity import Proof
from collector.metrics import Metrics
from collector.rate_limit import Throttle
from collector.refused_event import summary_of
from collector.withdrawal import Withdrawals
from events.envelope import EventType
from events.rejection import Rejected, rejection

MAX_USER_AGENT = 1_000  # bytes
EVENTS_AT_ONCE = 100  # of a batch, before other requests have their turn
BYTES_AN_EVENT = 1_000  # of an ordinary event, to charge a body that holds none


class Receipt(Struct, frozen=True, gc=False):
    """How many events of a request are in Kafka as valid, in Kafka as invalid, and forgotten without consent."""

    accepted: int
    rejected: int
    dropped: int
    success: bool = True


class Intake:
    """Takes in the events of requests and delivers them to a sink."""

    def __init__(self, config: CollectorConfig, sink: Sink, throttle: Throttle, metrics: Metrics):
        self._config, self._sink, self._throttle, self._metrics = config, sink, throttle, metrics
        self._withdrawals = Withdrawals()
        self._proofs = {is_server: Proof(config.user_id_secret, is_server) for is_server in (False, True)}

    async def receive(
        self, body: bytes, headers: Headers, address: str, event_type: EventType | None, query: bytes = b""
    ) -> Receipt:
        """Return once Kafka has every event that was not dropped; `event_type` is None for a batch.

        Raises HttpRefusal: 400 for a body without events, 401, 413, 429 or 503.
        """
        config = self._config
        charged = self._throttle.sender(address)
        is_server = check_write_key(headers, query, body, config.write_key, config.server_key)
        try:
            request = decode_body(body, is_event=event_type is not None)
            events = [body.removeprefix(BOM)] if event_type else events_of(request)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            self._throttle.admit_events(charged, len(body) // BYTES_AN_EVENT, (), time.monotonic())
            await self._keep_unreadable(body, rejection(error))
        sender = Sender(
            received_at=datetime.now(UTC),
            address=address,
            user_agent=headers.get(b"user-agent", b"")[:MAX_USER_AGENT].decode(errors="ignore"),
            sent_at=request.common_sent_at,
            context=request.common_context,
        )
        good, bad, refused = await self._enrich(events, sender, event_type, self._proofs[is_server])
        # invalid bytes cost as much work as events of their size
        cost = max(len(events), len(body) // BYTES_AN_EVENT) if bad else len(events)
        now = time.monotonic()
        withdrawals = self._withdrawals.to_tell(refused, sender.received_at, now) if refused else []
        self._throttle.admit_events(charged, cost, [event.key for event in (*good, *withdrawals)], now)
        records = [OutgoingRecord(config.topic, event.key, event.value) for event in (*withdrawals, *good)]
        await self._deliver(records + [self._bad(refusal.value, refusal.why) for refusal in bad])
        if withdrawals:
            self._withdrawals.told(withdrawals, now)
            self._metrics.count_withdrawals(len(withdrawals))
        self._withdrawals.agreed(good)
        dropped = len(refused)
        self._metrics.count_events(len(good), dropped, [refusal.why.reason for refusal in bad])
        for event in good:
            if event.is_unproven:
                self._metrics.count_unproven()
            if event.is_bot:
                self._metrics.count_bot()
            if event.dropped:
                self._metrics.count_dropped_fields(event.dropped)
        return Receipt(len(good), len(bad), dropped)

    async def _enrich(
        self, events: Sequence[bytes], sender: Sender, event_type: EventType | None, proof: Proof
    ) -> tuple[list[EnrichedEvent], list[RefusedEvent], list[WithoutConsent]]:
        """The valid events, the invalid ones, and those without consent."""
        config = self._config
        good: list[EnrichedEvent] = []
        bad: list[RefusedEvent] = []
        refused: list[WithoutConsent] = []
        for number, value in enumerate(events):
            if number and number % EVENTS_AT_ONCE == 0:
                await asyncio.sleep(0)  # let others have their turn: a full batch takes a tenth of a second
            outcome = enrich_event(value, sender, config.pseudonym_key, event_type, config.consent_categories, proof)
            if isinstance(outcome, EnrichedEvent):
                good.append(outcome)
            elif isinstance(outcome, RefusedEvent):
                bad.append(outcome)
            else:
                refused.append(outcome)
        return good, bad, refused

    async def _keep_unreadable(self, body: bytes, why: Rejected) -> NoReturn:
        """Keep what can be said of a body without events as one bad record. Raises HttpRefusal (400)."""
        await self._deliver([self._bad(summary_of(body), why)])
        self._metrics.count_events(0, 0, [why.reason])
        raise HttpRefusal(400, f"{why.reason}: {why.detail}", code=why.reason)

    def _bad(self, value: bytes, why: Rejected) -> OutgoingRecord:
        headers = [("reason", why.reason.encode()), ("detail", why.detail.encode(errors="replace"))]
        return OutgoingRecord(self._config.bad_topic, None, value, headers)

    async def _deliver(self, records: list[OutgoingRecord]) -> None:
        if not records:
            return
        started = time.perf_counter()
        try:
            await self._sink.send(records)
        except SinkUnavailable as error:
            raise HttpRefusal(503, f"{error}; send the same again", ((b"retry-after", b"1"),)) from error
        self._metrics.ack_seconds.observe(time.perf_counter() - started)
