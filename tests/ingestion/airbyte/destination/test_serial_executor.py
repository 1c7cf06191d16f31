"""Tasks in a thread of their own: in order, a few ahead, none after a failure."""

from __future__ import annotations

import threading

import pytest

from ingestion.airbyte.destination.serial_executor import WAITING, InOrder
from local.waiting import wait_until


def test_tasks_are_done_in_order_and_waited_for() -> None:
    done: list[int] = []
    work = InOrder()
    for number in range(50):
        work.give(done.append, number)
    work.wait()
    assert done == list(range(50)) and not work.is_busy
    work.close()


def test_who_gives_too_many_waits() -> None:
    work, gate, given = InOrder(), threading.Event(), []

    def give() -> None:
        for number in range(WAITING + 3):
            work.give(gate.wait)
            given.append(number)

    giver = threading.Thread(target=give)
    giver.start()
    wait_until(lambda: given[WAITING - 1], "the tasks given ahead", seconds=60, every=0.01)
    giver.join(0.2)  # time to give one too many
    assert given == list(range(WAITING)) and work.is_busy
    gate.set()
    giver.join()
    work.close()


def test_after_a_failure_nothing_is_done_and_it_is_raised() -> None:
    """A state must never be saved after rows that were not."""
    done: list[str] = []
    work, gate = InOrder(), threading.Event()

    def fail() -> None:
        gate.wait()
        raise ValueError("no space")

    work.give(fail)
    work.give(done.append, "the state")
    gate.set()
    with pytest.raises(ValueError, match="no space"):
        work.wait()
    work.wait()
    assert done == []
    work.give(done.append, "later")
    work.wait()
    assert done == []
    work.close()


def test_closing_forgets_what_waits() -> None:
    work, gate, done = InOrder(), threading.Event(), []
    work.give(gate.wait)
    work.give(done.append, 1)
    closing = threading.Thread(target=work.close)
    closing.start()
    wait_until(lambda: work._has_failed or 1 / 0, "the closing", seconds=60, every=0.01)
    gate.set()
    closing.join()
    assert done == []
