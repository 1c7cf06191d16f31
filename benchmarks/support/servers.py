"""Processes that a test or benchmark starts and stops."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comptoir.logins import LOGINS, Login

# of databases that live as long as a test: each login's password is its name, as the settings have it by default
OPEN_PASSWORDS: dict[Login, str] = {login: login for login in LOGINS}


@contextmanager
def stopped_at_exit(command: list[str], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` with its output in `log`; at the end terminate it, and kill it after 20 seconds.

    `options` are those of `subprocess.Popen`.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
