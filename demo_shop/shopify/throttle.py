"""The leaky bucket behind Shopify's rate limits: requests take points, which come back with time.

The defaults are the GraphQL limits of the plan Shopify Plus. Source: Shopify's documentation of API rate limits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Points that refill with time. Thread-safe."""

    maximum: float = 20_000
    restore_rate: float = 1_000  # points a second
    clock: Callable[[], float] = time.monotonic
    _available: float = field(init=False)
    _filled_at: float = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._available, self._filled_at = self.maximum, self.clock()

    def take(self, points: float) -> bool:
        """Take points; False, and none taken, when there are fewer."""
        with self._lock:
            self._refill()
            if points > self._available:
                return False
            self._available -= points
            return True

    def give_back(self, points: float) -> None:
        """Return points that a request did not use."""
        with self._lock:
            self._available = min(self.maximum, self._available + points)

    @property
    def available(self) -> float:
        """Points that can be taken now."""
        with self._lock:
            self._refill()
            return self._available

    def _refill(self) -> None:
        now = self.clock()
        self._available = min(self.maximum, self._available + (now - self._filled_at) * self.restore_rate)
        self._filled_at = now
