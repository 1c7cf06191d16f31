"""While Postgres is away one request at a time asks for it, and no other waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from storefront import fallback
from storefront.fallback import PROBE_SECONDS, RETRY_SECONDS, Fallback


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fallback, "time", clock)
    return clock


def test_while_postgres_answers_everybody_asks(clock: Clock, tmp_path: Path) -> None:
    kept = Fallback(tmp_path / "trending.json")
    assert all(kept.may_ask() for _ in range(5))


def test_after_a_failure_one_asks_and_the_others_do_without(clock: Clock, tmp_path: Path) -> None:
    kept = Fallback(tmp_path / "trending.json")
    kept.note_failure()
    assert not kept.may_ask()
    clock.now += RETRY_SECONDS
    assert [kept.may_ask() for _ in range(3)] == [True, False, False], "the second would wait for the same"
    kept.note_failure()
    clock.now += RETRY_SECONDS
    assert [kept.may_ask() for _ in range(2)] == [True, False]
    kept.note_success()
    assert all(kept.may_ask() for _ in range(5))


def test_one_who_asked_and_never_came_back_is_not_waited_for(clock: Clock, tmp_path: Path) -> None:
    kept = Fallback(tmp_path / "trending.json")
    kept.note_failure()
    clock.now += RETRY_SECONDS
    assert kept.may_ask()
    clock.now += PROBE_SECONDS
    assert kept.may_ask()
