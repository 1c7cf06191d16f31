"""How many events a visitor and a network address may send: token buckets (the generic cell rate algorithm).

Written here because libraries keep every key of their window, and a flood of made-up visitor ids must not fill the
memory: here the number of keys is limited, and the key idle for longest is forgotten first.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Generic, TypeVar

from collector.http_refusal import HttpRefusal

MAX_KEYS = 100_000  # about 15 MB
NO_ADDRESS = "which does not say in X-Forwarded-For whose requests it passes on,"
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Rate:
    """`per_second` events without end, and `burst` events at once after a pause."""

    per_second: float
    burst: int


class RateLimit(Generic[Key]):
    """One token bucket per key. A bucket may go into debt: a batch of any size passes once, the wait comes after."""

    def __init__(self, rate: Rate, max_keys: int = MAX_KEYS):
        self._seconds_an_event = 1 / rate.per_second
        self._tolerance = rate.burst * self._seconds_an_event
        self._max_keys = max_keys
        self._full_at: OrderedDict[Key, float] = OrderedDict()  # when each bucket will be full again

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._full_at)

    def wait(self, key: Key, now: float) -> float:
        """Seconds until `key` may send again; 0 when it may now. `now`: seconds of a monotonic clock."""
        full_at = self._full_at.get(key)
        return 0.0 if full_at is None or full_at <= now + self._tolerance else full_at - now - self._tolerance

    def spend(self, key: Key, events: int, now: float) -> None:
        """Take `events` tokens from the bucket of `key`."""
        buckets = self._full_at
        full_at = buckets.pop(key, now)  # put back at the end: used last, forgotten last
        buckets[key] = (full_at if full_at > now else now) + events * self._seconds_an_event
        if len(buckets) > self._max_keys:
            buckets.popitem(last=False)


class Throttle:
    """The limits of a collector: per visitor and per network address.

    `unlimited`: networks (CIDR) without limits. `proxies`: addresses for which a refusal says what they should send.
    """

    def __init__(
        self,
        visitor_rate: Rate | None,
        address_rate: Rate | None,
        unlimited: Sequence[str] = (),
        proxies: Collection[str] = (),
    ):
        self._proxies = proxies
        self._visitors: RateLimit[bytes] | None = RateLimit(visitor_rate) if visitor_rate else None
        self._addresses: RateLimit[str] | None = RateLimit(address_rate) if address_rate else None
        networks = [ipaddress.ip_network(network) for network in unlimited]
        self.sender = lru_cache(maxsize=65_536)(partial(_sender, unlimited=networks))

    def admit(self, sender: str | None, now: float) -> None:
        """Before a request is read: charge its sender (`self.sender(address)`) one event.

        Raises HttpRefusal (429, with Retry-After) when the sender is in debt.
        """
        if sender is None or self._addresses is None:
            return
        if seconds := self._addresses.wait(sender, now):
            raise _too_many(f"proxy, {NO_ADDRESS}" if sender in self._proxies else "address", seconds)
        self._addresses.spend(sender, 1, now)

    def admit_events(self, sender: str | None, events: int, visitors: Sequence[bytes], now: float) -> None:
        """Before events are delivered: charge `sender` the rest of `events`, and each of `visitors` one event.

        Raises HttpRefusal (429, with Retry-After) when a visitor is in debt.
        """
        if sender is None:
            return
        if self._addresses is not None and events > 1:
            self._addresses.spend(sender, events - 1, now)
        limit = self._visitors
        if limit is None:
            return
        for visitor in visitors:
            if seconds := limit.wait(visitor, now):
                raise _too_many("visitor", seconds)
        for visitor in visitors:
            limit.spend(visitor, 1, now)


def _sender(address: str, unlimited: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> str | None:
    """Whom to charge: the IPv4 address, or the IPv6 /64 (one household); None for an unlimited network."""
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


def _too_many(whom: str, seconds: float) -> HttpRefusal:
    after = str(math.ceil(seconds)).encode()
    return HttpRefusal(429, f"this {whom} sends too many events; send the same again later", ((b"retry-after", after),))
