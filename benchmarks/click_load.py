"""Sends clicks at a steady rate, and measures how long each takes until a reader of a table sees it."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from kafka import KafkaProducer
from msgspec import json

VISITORS = 2_000  # at the same time
CLICKS_A_SESSION = 6
PRODUCTS, CATEGORIES = 5_000, 20
LINGER_MS = 5  # so the clicks of many visitors reach the broker together, as from a collector
TICK_SECONDS = 0.002  # shorter waits are skipped
POLL_SECONDS = 0.02
WATCHED_A_SECOND = 20  # only a sample, so that watching does not slow down what is watched


class Watcher:
    """Polls a table for the clicks that were sent, and keeps the delay of each in seconds.

    `query` takes a list of visitors and returns (visitor, event time of the newest click that the table knows).
    """

    def __init__(self, database_url: str, query: str) -> None:
        self.database_url = database_url
        self.query = query
        self.delays: list[float] = []
        self._sent: deque[tuple[str, datetime]] = deque()
        self._waiting: dict[str, list[datetime]] = {}
        self._stop = threading.Event()

    def sent(self, visitor: str, at: datetime) -> None:
        """Wait for a click of this visitor and time from now on; called by the thread that sends."""
        self._sent.append((visitor, at))

    @property
    def pending(self) -> int:
        """The number of clicks sent and not seen yet."""
        return len(self._sent) + sum(map(len, self._waiting.values()))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch in a thread for as long as the context lasts."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _watch(self) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            while not self._stop.is_set():
                while self._sent:
                    visitor, at = self._sent.popleft()
                    self._waiting.setdefault(visitor, []).append(at)
                if self._waiting:
                    known = connection.execute(self.query, [list(self._waiting)]).fetchall()
                    self._settle(known, datetime.now(UTC))
                time.sleep(POLL_SECONDS)

    def _settle(self, known: list[tuple[str, datetime]], now: datetime) -> None:
        for visitor, newest in known:
            waiting = self._waiting.pop(visitor)
            self.delays += [(now - at).total_seconds() for at in waiting if at <= newest]
            if still := [at for at in waiting if at > newest]:
                self._waiting[visitor] = still


def send_clicks(bootstrap: str, topic: str, rate: int, seconds: float, watchers: list[Watcher], seed: int = 1) -> int:
    """Send `rate` clicks per second, of visitors with short sessions, on popular and rare products.

    Returns the number of clicks sent.
    """
    rng = random.Random(seed)
    popularity = [1 / (place + 10) for place in range(PRODUCTS)]
    clicks = rng.choices(range(PRODUCTS), popularity, k=int(rate * seconds))
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=LINGER_MS)
    every = max(1, rate // WATCHED_A_SECOND)
    run, began = uuid.uuid4().hex[:8], time.perf_counter()
    for number, product in enumerate(clicks):
        if (ahead := number / rate - (time.perf_counter() - began)) > TICK_SECONDS:
            time.sleep(ahead)
        visitor = f"{run}-{rng.randrange(VISITORS)}-{number // (VISITORS * CLICKS_A_SESSION)}"
        at = datetime.now(UTC)
        value = json.encode(_event(f"{run}-{number}", visitor, product, at))
        producer.send(topic, value, key=visitor.encode())
        if number % every == 0:
            for watcher in watchers:
                watcher.sent(visitor, at)
    producer.flush()
    producer.close()
    return len(clicks)


def _event(event_id: str, visitor: str, product: int, at: datetime) -> dict[str, object]:
    return {
        "messageId": event_id,
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": visitor,
        "originalTimestamp": at,
        "sentAt": at,
        "receivedAt": at,
        "timestamp": at,
        "context": {
            "sessionId": visitor,
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0",
            "consent": {"analytics": True, "personalisation": True},
            "page": {"path": f"/p/{product}", "url": f"https://shop.test/p/{product}", "referrer": "", "title": ""},
        },
        "properties": {
            "product_id": str(8_000_000 + product),
            "category": f"Category {product % CATEGORIES}",
            "price": 99.5,
            "currency": "EUR",
        },
        "schemaVersion": 1,
    }
