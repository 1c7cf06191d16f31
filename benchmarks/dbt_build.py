"""`dbt build` as the daily job runs it, with its progress, timed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comptoir.database import dbt_env_of
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY

PROJECT = REPOSITORY / "dbt_project"
BUILT = re.compile(r"(\d+ of \d+) (?:OK created|ERROR creating) sql \w+ model (\S+)")


@dataclass(frozen=True)
class Build:
    """One `dbt build`: wall-clock `seconds`, tests included, and the `slowest` models (run in parallel) with theirs."""

    seconds: float
    slowest: list[tuple[str, float]]

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s; slowest: " + ", ".join(f"{name} {took:.0f} s" for name, took in self.slowest)


def dbt_build(database_url: str, target: Path, say: Callable[[str], None]) -> Build:
    """Build everything and `say` each model. Raises RuntimeError with dbt's last lines when something fails."""
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--exclude-resource-type", "unit_test",
               "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target),
               "--log-path", str(target)]  # fmt: skip
    environment = child_environment(dbt_env_of(database_url) | {"NO_COLOR": "1"})
    begun = time.perf_counter()
    lines: list[str] = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            lines.append(line)
            if built := BUILT.search(line):
                say(f"{time.perf_counter() - begun:6.0f} s  {built[1]}  {built[2]}")
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise RuntimeError("dbt build failed:\n" + "".join(lines[-30:]))
    results = json.loads((target / "run_results.json").read_text())["results"]
    took = [(r["unique_id"].rpartition(".")[2], r["execution_time"]) for r in results if r["unique_id"][:5] == "model"]
    return Build(seconds, sorted(took, key=lambda model: -model[1])[:5])
