"""How much a key (a visitor, a network address) may ask for: token buckets (the generic cell rate algorithm).

Written here because libraries keep every key of their window, and a flood of made-up keys must not fill the memory:
here the number of keys is limited, and the key idle for longest is forgotten first.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Generic, TypeVar

MAX_KEYS = 100_000  # about 15 MB
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Rate:
    """`per_second` events or requests without end, and `burst` of them at once after a pause."""

    per_second: float
    burst: int


class RateLimit(Generic[Key]):
    """One token bucket per key. A bucket may go into debt: a batch of any size passes once, the wait comes after."""

    def __init__(self, rate: Rate, max_keys: int = MAX_KEYS):
        self._seconds_a_token = 1 / rate.per_second
        self._tolerance = rate.burst * self._seconds_a_token
        self._max_keys = max_keys
        self._full_at: OrderedDict[Key, float] = OrderedDict()  # when each bucket will be full again

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._full_at)

    def wait(self, key: Key, now: float) -> float:
        """Seconds until `key` may go on; 0 when it may now. `now`: seconds of a monotonic clock."""
        full_at = self._full_at.get(key)
        return 0.0 if full_at is None or full_at <= now + self._tolerance else full_at - now - self._tolerance

    def spend(self, key: Key, tokens: int, now: float) -> None:
        """Take `tokens` from the bucket of `key`."""
        buckets = self._full_at
        full_at = buckets.pop(key, now)  # put back at the end: used last, forgotten last
        buckets[key] = (full_at if full_at > now else now) + tokens * self._seconds_a_token
        if len(buckets) > self._max_keys:
            buckets.popitem(last=False)

    def take_one(self, key: Key, now: float) -> float:
        """Take one token and return 0; or take none and return the seconds until `key` may go on."""
        seconds = self.wait(key, now)
        if not seconds:
            self.spend(key, 1, now)
        return seconds


def sender_lookup(unlimited: Sequence[str]) -> Callable[[str], str | None]:
    """A function from a client's address to whom to charge; `unlimited` are networks (CIDR) that nobody charges.

    It returns the IPv4 address, or the IPv6 /64 (one household); None for an unlimited network.
    """
    networks = [ipaddress.ip_network(network) for network in unlimited]
    return lru_cache(maxsize=65_536)(partial(_sender, unlimited=networks))


def _sender(address: str, unlimited: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> str | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    if any(parsed in network for network in unlimited):
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
