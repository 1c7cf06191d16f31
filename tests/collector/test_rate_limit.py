"""Whoever sends too many events is answered 429, with the time to wait."""

from __future__ import annotations

import pytest

from collector.http_refusal import HttpRefusal
from collector.rate_limit import Throttle
from comptoir.rate_limit import Rate

RATE = Rate(per_second=2, burst=10)


def test_own_servers_are_not_limited() -> None:
    throttle = Throttle(RATE, RATE, ["10.0.0.0/8", "::1/128"])
    for address in ("10.1.2.3", "::1", "::ffff:10.1.2.3"):
        assert throttle.sender(address) is None
    throttle.admit_events(None, 1_000, [b"v"] * 1_000, now=0)
    throttle.admit_events(None, 1, [b"v"], now=0)
    sender = throttle.sender("11.0.0.1")
    throttle.admit_events(sender, 1_000, [], now=0)
    with pytest.raises(HttpRefusal) as refused:
        throttle.admit(sender, now=0)
    assert (refused.value.status, refused.value.headers) == (429, ((b"retry-after", b"495"),))
