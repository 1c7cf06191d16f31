"""A trial of changed models: what changed and all that is made of it, built of real data in a schema of its own.

What did not change is read where it stands (dbt's --defer), and of the big tables the last days alone (its --sample, by
the `event_time` of their yml). Nothing that anybody reads is touched, and the schema is dropped at the end.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql

from comptoir.database import dbt_env
from comptoir.dbt_runner import DBT, PROJECT
from comptoir.environment import child_environment
from comptoir.settings import Settings

SCHEMA = "trial"  # one trial at a time
TABLES = ("model", "seed")


@dataclass(frozen=True, slots=True)
class TriedNode:
    """A table or test of the trial: dbt's status and message, seconds, and the rows that it wrote if dbt knows."""

    kind: str  # model, seed or test
    name: str
    status: str
    seconds: float
    rows: int | None
    message: str

    @property
    def is_broken(self) -> bool:
        """Whether it failed, or was not built because another had; a test that warns is not."""
        return self.status in ("error", "fail", "skipped")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial did. `manifest` has the schemas that the tables have when they are no trial."""

    nodes: list[TriedNode]  # as dbt ran them
    manifest: dict[str, Any]
    error: str  # of dbt itself, when it could not begin


def try_changes(settings: Settings, before: Path, days: int, project: Path = PROJECT) -> Trial:
    """Build what differs from the project whose manifest.json is in the folder `before`, of the last `days` days.

    Needs the warehouse with the tables of `before`. Raises FileNotFoundError without the manifest, psycopg.Error.
    """
    if not (before / "manifest.json").exists():
        raise FileNotFoundError(
            f"{before} has no manifest.json: give the target folder of the project before the change."
        )
    command = [
        *(DBT, "build", "--quiet", "--no-use-colors", "--no-partial-parse"),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--select", "state:modified+", "--exclude", "resource_type:snapshot", "resource_type:unit_test"),
        *("--state", str(before.absolute()), "--defer", "--favor-state", "--sample", f"{days} days"),
    ]
    with TemporaryDirectory() as folder, _schema(settings):
        environment = child_environment(dbt_env(settings) | {"COMPTOIR_TRIAL_SCHEMA": SCHEMA})
        places = ["--target-path", folder, "--log-path", folder]
        process = subprocess.run(command + places, env=environment, check=False, capture_output=True, text=True)
        results = Path(folder) / "run_results.json"
        if not results.exists():
            nothing = process.returncode == 0  # dbt writes no results when nothing differs
            return Trial([], _manifest(Path(folder)), "" if nothing else process.stdout.strip())
        return Trial(_nodes(json.loads(results.read_bytes())), _manifest(Path(folder)), "")


@contextmanager
def _schema(settings: Settings) -> Iterator[None]:
    """The trial's schema, empty, for the login that dbt has; its rows are of persons, so that nothing stays of it."""
    name = sql.Identifier(SCHEMA)
    drop = sql.SQL("drop schema if exists {} cascade").format(name)
    with psycopg.connect(settings.database_url, autocommit=True) as owner:
        owner.execute(drop)
        owner.execute(sql.SQL("create schema {} authorization transformer").format(name))
        try:
            yield
        finally:
            owner.execute(drop)


def _manifest(folder: Path) -> dict[str, Any]:
    """dbt's manifest, its tables in the schemas that their folders configure."""
    file = folder / "manifest.json"
    if not file.exists():
        return {"nodes": {}, "parent_map": {}, "child_map": {}}
    found: dict[str, Any] = json.loads(file.read_bytes())
    for node in found["nodes"].values():
        node["schema"] = node["config"].get("schema") or node["schema"]
    return found


def _nodes(results: Mapping[str, Any]) -> list[TriedNode]:
    found = []
    for one in results["results"]:
        kind, _, name = one["unique_id"].split(".", 2)
        if kind in (*TABLES, "test"):
            rows = one["adapter_response"].get("rows_affected") if kind in TABLES else one["failures"]
            message = (one["message"] or "").strip()
            found.append(TriedNode(kind, name, one["status"], one["execution_time"], rows, message))
    return found
