"""Sends a history of messages to the collector, as fast as it accepts them or at a multiple of their own speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from demo_shop.traffic.collector_client import MAX_BATCH_BYTES, MAX_BATCH_MESSAGES, Answer, CollectorClient
from demo_shop.traffic.messages import Message

LANES = 4
SHORTEST_SLEEP = 0.05  # seconds; for shorter gaps the sender does not wait


@dataclass(slots=True)
class SendReport:
    """What the collector acknowledged, in numbers of messages."""

    accepted: int = 0
    rejected: int = 0  # invalid; the collector keeps them in its topic of bad events
    dropped: int = 0  # without consent
    batches: int = 0
    seconds: float = 0.0

    @property
    def acknowledged(self) -> int:
        """All messages the collector has answered for."""
        return self.accepted + self.rejected + self.dropped

    def __str__(self) -> str:
        return (
            f"{self.acknowledged:,} messages acknowledged in {self.seconds:.0f} s "
            f"({self.accepted:,} good, {self.rejected:,} bad, {self.dropped:,} without consent)"
        )


def send_history(
    messages: Iterable[Message],
    collector_url: str,
    write_key: str,
    speed: float | None = None,
    progress: Callable[[int], None] | None = None,
    user_id_secret: str = "",
) -> SendReport:
    """Send `messages` with their own timestamps; returns when all are acknowledged.

    `speed` is how many times faster than real time to send (None: without waiting); `progress` is called with the
    number of acknowledged messages. The messages of one visitor stay in order. `user_id_secret`: as of CollectorClient.
    Raises RuntimeError when the collector refuses a batch or cannot be reached.
    """
    began = time.monotonic()
    report = SendReport()
    collector = CollectorClient(collector_url, write_key, LANES, user_id_secret=user_id_secret)
    with collector as client, ThreadPoolExecutor(LANES) as pool:

        def done(answer: Answer) -> None:
            report.accepted += answer.accepted or 0
            report.rejected += answer.rejected
            report.dropped += answer.dropped
            report.batches += 1
            if progress:
                progress(report.acknowledged)

        lanes = [_Lane(client, pool, done) for _ in range(LANES)]
        pace = _Pace(speed) if speed else None
        for message in messages:
            if pace and (wait := pace.seconds_until(message)) > SHORTEST_SLEEP:
                for lane in lanes:
                    lane.flush()
                time.sleep(wait)
            visitor = str(message.get("anonymousId", ""))
            lanes[crc32(visitor.encode()) % LANES].add(client.encoded(message))
        for lane in lanes:
            lane.flush()
        for lane in lanes:
            lane.wait()
    report.seconds = time.monotonic() - began
    return report


class _Lane:
    """Sends the messages of some of the visitors, one batch after the other, so that they stay in order."""

    def __init__(self, client: CollectorClient, pool: ThreadPoolExecutor, done: Callable[[Answer], None]) -> None:
        self._client, self._pool, self._done = client, pool, done
        self._batch: list[bytes] = []
        self._bytes = 0
        self._in_flight: Future[Answer] | None = None

    def add(self, message: bytes) -> None:
        """Put a message into the batch; a full batch is sent first."""
        if len(self._batch) == MAX_BATCH_MESSAGES or self._bytes + len(message) > MAX_BATCH_BYTES:
            self.flush()
        self._batch.append(message)
        self._bytes += len(message) + 1

    def flush(self) -> None:
        """Send the batch, after the one in flight is acknowledged."""
        if self._batch:
            self.wait()
            self._in_flight = self._pool.submit(self._client.send, self._batch)
            self._batch, self._bytes = [], 0

    def wait(self) -> None:
        """Return when the batch in flight is acknowledged. Raises RuntimeError as `CollectorClient.send`."""
        if self._in_flight is not None:
            self._done(self._in_flight.result())
            self._in_flight = None


class _Pace:
    """When a message is due: its distance from the first one, divided by the speed."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._first: datetime | None = None
        self._began = time.monotonic()

    def seconds_until(self, message: Message) -> float:
        """Seconds to wait; not positive for a late message and for one without a valid time."""
        try:
            at = datetime.fromisoformat(message["originalTimestamp"])
        except ValueError:  # an invalid message
            return 0.0
        self._first = self._first or at
        return (at - self._first).total_seconds() / self._speed - (time.monotonic() - self._began)
