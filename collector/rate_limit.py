"""How many events a visitor and a network address may send: an HTTP 429 around the token buckets of `comptoir`."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from collector.http_refusal import HttpRefusal
from comptoir.rate_limit import Rate, RateLimit, sender_lookup

NO_ADDRESS = "which does not say in X-Forwarded-For whose requests it passes on,"


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
        self.sender = sender_lookup(unlimited)

    def admit(self, sender: str | None, now: float) -> None:
        """Before a request is read: charge its sender (`self.sender(address)`) one event.

        Raises HttpRefusal (429, with Retry-After) when the sender is in debt.
        """
        if sender is None or self._addresses is None:
            return
        if seconds := self._addresses.take_one(sender, now):
            raise _too_many(f"proxy, {NO_ADDRESS}" if sender in self._proxies else "address", seconds)

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


def _too_many(whom: str, seconds: float) -> HttpRefusal:
    after = str(math.ceil(seconds)).encode()
    return HttpRefusal(429, f"this {whom} sends too many events; send the same again later", ((b"retry-after", after),))
