"""Tasks done one after the other in a thread of their own, so that who gives them can go on with other work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

WAITING = 2  # tasks given ahead; more would only take memory


class InOrder:
    """After a task that failed none is done any more; whoever gives or waits next gets its error."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="in-order")
        self._given: deque[Future[None]] = deque()
        self._has_failed = False

    def give(self, task: Callable[..., object], *arguments: Any) -> None:
        """Do `task(*arguments)` after those given before. Raises what an earlier one raised."""
        while self._given and (self._given[0].done() or len(self._given) >= WAITING):
            self._given.popleft().result()
        self._given.append(self._thread.submit(self._do, task, *arguments))

    def wait(self) -> None:
        """Until all is done. Raises what the first that failed raised."""
        while self._given:
            self._given.popleft().result()

    @property
    def is_busy(self) -> bool:
        return any(not future.done() for future in self._given)

    def close(self) -> None:
        """Wait for the task at work, forget the others."""
        self._has_failed = True
        self._thread.shutdown(cancel_futures=True)

    def _do(self, task: Callable[..., object], *arguments: Any) -> None:
        if self._has_failed:
            return
        try:
            task(*arguments)
        except BaseException:
            self._has_failed = True
            raise
