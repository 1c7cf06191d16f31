"""A process of a chaos test: killed, and started again on the same data."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from comptoir.settings import REPOSITORY, child_environment
from local.waiting import wait_until

RECOVERY_LIMIT = 60.0  # seconds: what a recovery is to take at most, where nothing else runs
PATIENCE = 240.0  # seconds that are waited for one, on a busy machine too


class Process:
    """A process that can be killed and started again on the same data."""

    def __init__(
        self, command: list[str], log: Path, ready: Callable[[], object], user: str | None = None,
        environment: dict[str, str] | None = None,
    ):  # fmt: skip
        self._command, self._log, self._ready, self._user = command, log, ready, user
        self._environment = child_environment(environment)
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._running = subprocess.Popen(
                self._command, cwd=REPOSITORY, env=self._environment, stdout=output, stderr=output, user=self._user
            )

    def restart(self) -> None:
        """Until it is ready, as a supervisor would: one that ends at once is started again."""

        def check() -> None:
            self.ensure()
            self._ready()

        wait_until(check, self._command[-1], seconds=PATIENCE, every=0.1)

    def ensure(self) -> None:
        """Start it again when it has ended by itself."""
        if self._running is None or self._running.poll() is not None:
            self.start()

    @property
    def pid(self) -> int:
        return self._running.pid if self._running is not None else 0

    def kill(self) -> None:
        """kill -9."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    def end(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(15)
            self.kill()
