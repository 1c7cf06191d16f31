"""Sends records to Kafka and waits until the broker has acknowledged them.

kafka-python's producer runs in a thread of its own and keeps whatever it is given, without bound; so the bound
is here, and a caller that meets it has to come back later.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.partitioner.abc import Partitioner
from msgspec import Struct
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, wait_exponential

from comptoir.kafka_access import Bootstrap, access_of

log = logging.getLogger(__name__)

ACK_SECONDS = 10.0  # how long a request waits for the broker
ERROR_SECONDS = 30.0  # how long a failure counts when no event has been sent since
NOT_CONNECTED = "not connected to Kafka yet"


class SinkUnavailable(Exception):
    """Kafka is away, or too many events wait for it: nothing more is taken now."""


class OutgoingRecord(Struct, frozen=True):
    """One record for Kafka."""

    topic: str
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]] = []


class Sink(Protocol):
    """Where a collector's records go. `unacked`: records sent and not acknowledged yet, and their bytes."""

    unacked: int
    unacked_bytes: int

    @property
    def error(self) -> str | None:
        """Why no record would be taken now; None when all is well."""

    async def connect(self) -> None:
        """Return when records can be sent."""

    async def close(self) -> None:
        """Send what waits, then let go of the connection."""

    async def send(self, records: Sequence[OutgoingRecord]) -> None:
        """Return when every record is safe. Raises SinkUnavailable when it is not."""


class _Delivery:
    """One request's records on their way to the broker; the producer's thread reports the outcomes.

    `success` and `failure` are what kafka-python's futures call when they are chained to it.
    """

    __slots__ = ("count", "done", "expires_at", "failed", "is_settled", "outcomes", "settle", "size")

    def __init__(
        self,
        done: asyncio.Future[None],
        expires_at: float,
        count: int,
        size: int,
        settle: Callable[[_Delivery], None],
    ):
        self.done, self.expires_at, self.count, self.size, self.settle = done, expires_at, count, size, settle
        self.outcomes: list[Any] = []  # of records; `append` is atomic, a count would not be
        self.failed: BaseException | None = None
        self.is_settled = False

    def success(self, metadata: Any) -> None:
        """The broker has one more record."""
        self.outcomes.append(metadata)
        if len(self.outcomes) == self.count:
            self.settle(self)

    def failure(self, error: BaseException) -> None:
        """One record will not arrive."""
        self.failed = error
        self.success(None)

    def expire(self) -> None:
        """Stop waiting; the producer goes on sending the records."""
        if not self.done.done():
            self.done.set_exception(TimeoutError())


class VisitorPartitioner(Partitioner):
    """A visitor's events stay in order: one partition a key, by CRC-32 as librdkafka's clients place them.

    Java's clients use murmur2, which in Python costs a fifth of a send.
    """

    def partition(
        self, topic: str, key: Any, serialized_key: bytes | None, value: Any, serialized_value: Any, cluster: Any
    ) -> int:
        """The partition of a key; of a record without a key, any. The interface is kafka-python's."""
        count = len(cluster.partitions_for_topic(topic))
        return random.randrange(count) if serialized_key is None else zlib.crc32(serialized_key) % count


class EventSink:
    """Sends records with acks=all, idempotently; belongs to one event loop. Bounds: events and bytes un-acked."""

    def __init__(self, bootstrap: Bootstrap, topics: Sequence[str], max_unacked: int, max_unacked_bytes: int):
        self._bootstrap, self._topics = bootstrap, topics
        self._max_unacked, self._max_unacked_bytes = max_unacked, max_unacked_bytes
        self.unacked = self.unacked_bytes = 0
        self._failure: tuple[float, str] | None = None  # of the last event, until one succeeds
        self._producer: KafkaProducer | None = None
        self._settled: deque[_Delivery] = deque()
        self._waiting: deque[_Delivery] = deque()  # in the order in which they expire; the settled leave it late
        self._expiry: asyncio.TimerHandle | None = None
        self._is_wakeup_due = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def error(self) -> str | None:
        """Why events would not be taken now; None when the last ones sent did arrive."""
        if self._producer is None:
            return NOT_CONNECTED
        if self._failure is None:
            return None
        since, message = self._failure
        return message if self.unacked or time.monotonic() - since < ERROR_SECONDS else None

    async def connect(self) -> None:
        """Try until Kafka answers and knows all topics; until then `send` raises SinkUnavailable."""
        self._loop = asyncio.get_running_loop()
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(KafkaError),
            wait=wait_exponential(multiplier=0.2, max=2),
            before_sleep=before_sleep_log(log, logging.WARNING),
        ):
            with attempt:
                self._producer = await asyncio.to_thread(self._open)

    async def close(self) -> None:
        """Give Kafka ACK_SECONDS to acknowledge the rest. No client was promised what is lost then."""
        if self._producer is None:
            return
        try:
            await asyncio.to_thread(self._producer.close, ACK_SECONDS)
        except KafkaError as error:
            log.warning("closed while %d events were not acknowledged by Kafka: %r", self.unacked, error)

    async def send(self, records: Sequence[OutgoingRecord]) -> None:
        """Return when the broker has acknowledged every record.

        Raises SinkUnavailable when it has not: some of the records may be in Kafka all the same, so a repeat
        must carry the same event ids.
        """
        size = sum(len(record.value) for record in records)
        self._admit(len(records), size)
        assert self._loop is not None and self._producer is not None
        expires_at = self._loop.time() + ACK_SECONDS
        delivery = _Delivery(self._loop.create_future(), expires_at, len(records), size, self._on_broker_thread)
        self.unacked += len(records)
        self.unacked_bytes += size
        for number, record in enumerate(records):
            try:
                future = self._producer.send(record.topic, record.value, record.key, record.headers)
            except (KafkaError, AssertionError) as error:
                for _ in range(number, len(records)):  # those after it are not even tried
                    delivery.failure(error)
                break
            future.chain(delivery)  # both callbacks under one lock
        self._waiting.append(delivery)
        if self._expiry is None:
            self._expire()
        try:
            await delivery.done
        except TimeoutError as error:
            self._fail(f"Kafka has not acknowledged an event for {ACK_SECONDS:.0f} s", error)
        if delivery.failed is not None:
            self._fail(f"Kafka did not take an event: {delivery.failed!r}", delivery.failed)

    def _expire(self) -> None:
        """Stop waiting for what is too old, and look again soon: a timer for all requests, not one for each."""
        assert self._loop is not None
        now = self._loop.time()
        while self._waiting and (self._waiting[0].is_settled or self._waiting[0].expires_at <= now):
            self._waiting.popleft().expire()
        self._expiry = self._loop.call_later(ACK_SECONDS / 20, self._expire) if self._waiting else None

    def _fail(self, message: str, error: BaseException) -> NoReturn:
        self._failure = (time.monotonic(), message)
        raise SinkUnavailable(message) from error

    def _admit(self, count: int, size: int) -> None:
        if self._producer is None:
            raise SinkUnavailable(NOT_CONNECTED)
        if self._failure is not None and self.unacked:
            # what waits will be sent when Kafka is back: taking the clients' repeats meanwhile would only double it
            raise SinkUnavailable(self._failure[1])
        if self.unacked + count > self._max_unacked or self.unacked_bytes + size > self._max_unacked_bytes:
            raise SinkUnavailable(f"{self.unacked} events ({self.unacked_bytes} bytes) already wait for Kafka")

    def _open(self) -> KafkaProducer:
        """A producer with warm metadata: without it the first send would block the event loop."""
        producer = KafkaProducer(
            **access_of(self._bootstrap).for_python,
            partitioner=VisitorPartitioner(),
            batch_size=128 * 1024,
            linger_ms=2,  # a produce request for what arrives meanwhile costs less than one for each event
            max_block_ms=500,
            # when a batch expires in the producer it loses its idempotent id, and kafka-python 3.0.12 may then
            # hang for ever once the broker is back (seen after a kill -9): so `send` gives up, the producer never
            delivery_timeout_ms=24 * 3600 * 1000,
            request_timeout_ms=5_000,
            reconnect_backoff_max_ms=1_000,
            bootstrap_timeout_ms=2_000,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        try:
            for topic in self._topics:
                producer.partitions_for(topic)
        except KafkaError:
            producer.close(timeout=1)
            raise
        return producer

    def _on_broker_thread(self, delivery: _Delivery) -> None:
        """All records of a request have an outcome: hand it to the event loop, one wake-up for many requests."""
        self._settled.append(delivery)
        if not self._is_wakeup_due:
            self._is_wakeup_due = True
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        # cleared first: what is settled meanwhile must ask for the next wake-up
        self._is_wakeup_due = False
        while self._settled:
            delivery = self._settled.popleft()
            if delivery.is_settled:  # the last two outcomes came at once from two threads, and both settled it
                continue
            delivery.is_settled = True
            self.unacked -= delivery.count
            self.unacked_bytes -= delivery.size
            if delivery.failed is None:
                self._failure = None
            if not delivery.done.done():
                delivery.done.set_result(None)
