"""A process that a fault test kills and starts again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from local.waiting import wait_until

RECOVERY_LIMIT = 60.0  # seconds from a kill until everything works again, where nothing else runs
PATIENCE = 240.0  # seconds to wait for it, on a busy machine too


class Process:
    """A command that can be killed and started again on the same data; `ready` raises until it is ready."""

    def __init__(
        self, command: list[str], log: Path, ready: Callable[[], object], user: str | None = None,
        environment: dict[str, str] | None = None,
    ):  # fmt: skip
        self._command, self._log, self._ready, self._user = command, log, ready, user
        self._environment = child_environment(environment)
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it without waiting."""
        with self._log.open("ab") as output:
            self._running = subprocess.Popen(
                self._command, cwd=REPOSITORY, env=self._environment, stdout=output, stderr=output, user=self._user
            )

    def restart(self) -> None:
        """Start it and wait until it is ready; like a supervisor, start it again when it ends at once."""

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
        """Its process id, 0 before the first start."""
        return self._running.pid if self._running is not None else 0

    def kill(self) -> None:
        """Kill it with kill -9."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    def end(self) -> None:
        """Terminate it, and kill it after 15 seconds."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(15)
            self.kill()
