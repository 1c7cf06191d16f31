"""Tasks in a thread of their own: in order, few pending, none after a failure."""

from __future__ import annotations

import threading

import pytest

from ingestion.airbyte.destination.serial_executor import MAX_PENDING, SerialExecutor
from local.waiting import wait_until


def test_tasks_are_done_in_order_and_waited_for() -> None:
    done: list[int] = []
    work = SerialExecutor()
    for number in range(50):
        work.submit(done.append, number)
    work.drain()
    assert done == list(range(50)) and not work.is_busy
    work.close()


def test_who_gives_too_many_waits() -> None:
    work, gate, submitted = SerialExecutor(), threading.Event(), []

    def submit() -> None:
        for number in range(MAX_PENDING + 3):
            work.submit(gate.wait)
            submitted.append(number)

    submitter = threading.Thread(target=submit)
    submitter.start()
    wait_until(lambda: submitted[MAX_PENDING - 1], "the tasks submitted ahead", seconds=60, every=0.01)
    submitter.join(0.2)  # time to give one too many
    assert submitted == list(range(MAX_PENDING)) and work.is_busy
    gate.set()
    submitter.join()
    work.close()


def test_after_a_failure_nothing_is_done_and_it_is_raised() -> None:
    """A state must never be saved after rows that were not."""
    done: list[str] = []
    work, gate = SerialExecutor(), threading.Event()

    def fail() -> None:
        gate.wait()
        raise ValueError("no space")

    work.submit(fail)
    work.submit(done.append, "the state")
    gate.set()
    with pytest.raises(ValueError, match="no space"):
        work.drain()
    work.drain()
    assert done == []
    work.submit(done.append, "later")
    work.drain()
    assert done == []
    work.close()


def test_closing_forgets_what_waits() -> None:
    work, gate, done = SerialExecutor(), threading.Event(), []
    work.submit(gate.wait)
    work.submit(done.append, 1)
    closing = threading.Thread(target=work.close)
    closing.start()
    wait_until(lambda: work._has_failed or 1 / 0, "the closing", seconds=60, every=0.01)
    gate.set()
    closing.join()
    assert done == []
