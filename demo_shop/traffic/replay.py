"""Sends a history of messages through the collector, as fast as it takes them or at a multiple of their own speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

import msgspec

from demo_shop.traffic.collector_client import MAX_BATCH_BYTES, MAX_BATCH_MESSAGES, Answer, CollectorClient
from demo_shop.traffic.messages import Message

LANES = 4
WORTH_WAITING = 0.05  # seconds; shorter gaps are not slept


@dataclass(slots=True)
class SendReport:
    """What the collector acknowledged: messages taken, refused as bad (and kept by it), dropped for want of consent."""

    accepted: int = 0
    rejected: int = 0
    dropped: int = 0
    batches: int = 0
    seconds: float = 0.0

    @property
    def acknowledged(self) -> int:
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
) -> SendReport:
    """Send `messages` with their own timestamps; returns when all are acknowledged.

    `speed` is how many times faster than life (None: no waiting); `progress` hears how many are acknowledged.
    A visitor's messages stay in order. Raises RuntimeError when the collector refuses a batch or stays away.
    """
    began = time.monotonic()
    report = SendReport()
    with CollectorClient(collector_url, write_key, LANES) as client, ThreadPoolExecutor(LANES) as pool:

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
            if pace and (wait := pace.seconds_until(message)) > WORTH_WAITING:
                for lane in lanes:
                    lane.flush()
                time.sleep(wait)
            visitor = str(message.get("anonymousId", ""))
            lanes[crc32(visitor.encode()) % LANES].add(msgspec.json.encode(message))
        for lane in lanes:
            lane.flush()
        for lane in lanes:
            lane.wait()
    report.seconds = time.monotonic() - began
    return report


class _Lane:
    """The messages of some of the visitors; at most one batch of them is under way, so that none overtakes."""

    def __init__(self, client: CollectorClient, pool: ThreadPoolExecutor, done: Callable[[Answer], None]) -> None:
        self._client, self._pool, self._done = client, pool, done
        self._batch: list[bytes] = []
        self._bytes = 0
        self._under_way: Future[Answer] | None = None

    def add(self, message: bytes) -> None:
        if len(self._batch) == MAX_BATCH_MESSAGES or self._bytes + len(message) > MAX_BATCH_BYTES:
            self.flush()
        self._batch.append(message)
        self._bytes += len(message) + 1

    def flush(self) -> None:
        if self._batch:
            self.wait()
            self._under_way = self._pool.submit(self._client.send, self._batch)
            self._batch, self._bytes = [], 0

    def wait(self) -> None:
        if self._under_way is not None:
            self._done(self._under_way.result())
            self._under_way = None


class _Pace:
    """When a message is due: as long after the first one as in life, divided by the speed. Latecomers go at once."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._first: datetime | None = None
        self._began = time.monotonic()

    def seconds_until(self, message: Message) -> float:
        try:
            at = datetime.fromisoformat(message["originalTimestamp"])
        except ValueError:  # one of the bad ones
            return 0.0
        self._first = self._first or at
        return (at - self._first).total_seconds() / self._speed - (time.monotonic() - self._began)
