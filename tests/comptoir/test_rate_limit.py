"""Whoever asks too much waits as long as the rate says, and the limits need little memory."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.rate_limit import Rate, RateLimit, sender_lookup

RATE = Rate(per_second=2, burst=10)


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    limit: RateLimit[str] = RateLimit(RATE)
    for _ in range(10):
        assert limit.wait("v", now=100) == 0
        limit.spend("v", 1, now=100)
    limit.spend("v", 1, now=100)
    assert limit.wait("v", now=100) == pytest.approx(0.5)
    assert limit.wait("v", now=100.5) == 0
    assert limit.wait("another", now=100) == 0


def test_a_batch_larger_than_the_burst_passes_once_and_is_paid_for() -> None:
    limit: RateLimit[str] = RateLimit(RATE)
    limit.spend("v", 110, now=0)
    assert limit.wait("v", now=0) == pytest.approx(50)
    assert limit.wait("v", now=50) == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 40)), max_size=60))
def test_nobody_gets_more_than_rate_and_burst(requests: list[tuple[float, int]]) -> None:
    limit: RateLimit[str] = RateLimit(RATE)
    now, passed, largest = 0.0, 0, 0
    for pause, events in requests:
        now += pause
        if limit.wait("v", now) == 0:
            limit.spend("v", events, now)
            passed, largest = passed + events, max(largest, events)
    assert passed <= RATE.burst + RATE.per_second * now + largest + 1e-6


def test_memory_is_bounded_and_the_longest_idle_is_forgotten_first() -> None:
    limit: RateLimit[int] = RateLimit(RATE, max_keys=1_000)
    limit.spend(-1, 20, now=0)
    for key in range(10_000):
        limit.spend(key, 20, now=key / 1_000)
        limit.spend(-1, 1, now=key / 1_000)
    assert len(limit) == 1_000
    assert limit.wait(-1, now=10) > 0 and limit.wait(9_999, now=10) > 0
    assert limit.wait(5, now=0.005) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:0:1::5", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::5", "2001:db8:0:2::5", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("no address", "no address", True),
    ],
)
def test_who_counts_as_one_sender(one: str, other: str, same: bool) -> None:
    sender = sender_lookup(())
    assert (sender(one) == sender(other)) is same


def test_unlimited_networks_are_charged_to_nobody() -> None:
    sender = sender_lookup(["10.0.0.0/8", "::1/128"])
    assert [sender(address) for address in ("10.1.2.3", "::1", "::ffff:10.1.2.3")] == [None] * 3
    assert sender("11.0.0.1") == "11.0.0.1"


def test_a_token_is_taken_only_when_there_is_one() -> None:
    limit: RateLimit[str] = RateLimit(Rate(per_second=1, burst=1))
    assert [limit.take_one("a", now=0) for _ in range(3)] == [0, 0, 1]
    assert [limit.take_one("a", now=now) for now in (1, 1, 2)] == [0, 1, 0], "what was refused costs nothing"
