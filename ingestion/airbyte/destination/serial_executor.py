"""Runs tasks one after the other in a thread of its own, so that the caller can go on with other work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

MAX_PENDING = 2  # tasks submitted and not finished; more would only take memory


class SerialExecutor:
    """After a task has failed, no later one runs; the next `submit` or `drain` raises its error once."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="serial-executor")
        self._pending: deque[Future[None]] = deque()
        self._has_failed = False

    def submit(self, task: Callable[..., object], *arguments: Any) -> None:
        """Run `task(*arguments)` after those submitted before; blocks while MAX_PENDING of them are unfinished.

        Raises whatever an earlier task raised.
        """
        while self._pending and (self._pending[0].done() or len(self._pending) >= MAX_PENDING):
            self._pending.popleft().result()
        self._pending.append(self._thread.submit(self._run, task, *arguments))

    def drain(self) -> None:
        """Wait until every submitted task has finished. Raises whatever the first failed task raised."""
        while self._pending:
            self._pending.popleft().result()

    @property
    def is_busy(self) -> bool:
        """Whether a submitted task has not finished."""
        return any(not future.done() for future in self._pending)

    def close(self) -> None:
        """Wait for the running task and drop the others. Raises nothing."""
        self._has_failed = True
        self._thread.shutdown(cancel_futures=True)

    def _run(self, task: Callable[..., object], *arguments: Any) -> None:
        if self._has_failed:
            return
        try:
            task(*arguments)
        except BaseException:
            self._has_failed = True
            raise
