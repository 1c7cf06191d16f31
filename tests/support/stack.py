"""The whole embedded stack for one test module, in a folder and on ports of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comptoir.settings import Settings
from local.ports import find_free_port


def stack_settings(data_dir: Path, environment: dict[str, str]) -> Settings:
    """The settings the stack's own processes read: its secrets and the ports given by `environment`."""
    values = {name.removeprefix("COMPTOIR_").lower(): value for name, value in environment.items()}
    return Settings(_env_file=data_dir / "secrets.env", **values)  # type: ignore[call-arg, arg-type]


@contextmanager
def running_stack(data_dir: Path, **given: str) -> Iterator[Settings]:
    """`comptoir up` in `data_dir`, `comptoir down` on leaving; `given` are settings in upper case."""
    ports = [name for name in Settings.model_fields if name.endswith("_port")]
    environment = {f"COMPTOIR_{name.upper()}": str(find_free_port()) for name in ports}
    environment |= {"COMPTOIR_DATA_DIR": str(data_dir)} | {f"COMPTOIR_{name}": value for name, value in given.items()}
    comptoir = [sys.executable, "-m", "cli.app"]
    inherited = {**os.environ, **environment}
    try:
        up = subprocess.run([*comptoir, "up"], env=inherited, capture_output=True, text=True, timeout=400)
        assert up.returncode == 0, up.stdout + up.stderr
        yield stack_settings(data_dir, environment)
    finally:
        subprocess.run([*comptoir, "down"], env=inherited, capture_output=True, timeout=120)
