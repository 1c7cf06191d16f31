"""dbt in the test's own process: imported once, the project parsed once per shop platform, run on any database.

A dbt of its own takes ten seconds of a processor before its first model: half to import, half to parse. A parsed
project knows its database by name, so a run gets a copy in which the name is that of its own database.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from comptoir.database import dbt_env_of
from comptoir.postgres_url import split_url
from comptoir.repository import REPOSITORY

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

DBT_PROJECT = REPOSITORY / "dbt_project"
NO_DATABASE = "postgresql://nobody:none@127.0.0.1:9/none"  # parsing connects to nothing
SHOWN = ("info", "warn", "error")


@dataclass(frozen=True)
class DbtOutcome:
    """As of a process: 0 for success, 1 when a model or a test failed, 2 when dbt did; `stdout` is what dbt prints."""

    returncode: int
    stdout: str


@dataclass(frozen=True)
class ParsedProject:
    """The manifest's fields, pickled; dbt's manifest.json, MetricFlow's; what the parser printed."""

    pickled: bytes
    manifest_json: bytes
    semantic_manifest_json: bytes
    stdout: str


@cache
def parsed_project(shop_platform: str) -> ParsedProject:
    """The project for this platform, every deprecation shown. Raises AssertionError when it cannot be parsed."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        outcome, manifest = _invoke(None, NO_DATABASE, target, ["parse", "--show-all-deprecations"], shop_platform)
        assert outcome.returncode == 0, outcome.stdout
        texts = ((target / f"{name}.json").read_bytes() for name in ("manifest", "semantic_manifest"))
        return ParsedProject(_pickled(manifest), *texts, outcome.stdout)


def _pickled(manifest: Manifest) -> bytes:
    """Its fields by name. dbt's own way to pickle a manifest leaves one out and shifts those behind it."""
    names = [field.name for field in fields(manifest) if not field.name.startswith("_")]
    return pickle.dumps({name: getattr(manifest, name) for name in names})


def run(
    database_url: str,
    target: Path,
    arguments: list[str],
    shop_platform: str,
    environment: Mapping[str, str] | None = None,
) -> DbtOutcome:
    """Run a dbt command over the database; `target` gets what dbt writes. `environment` replaces what the tests set."""
    manifest = manifest_of(database_url, shop_platform)
    return _invoke(manifest, database_url, target, arguments, shop_platform, environment)[0]


def manifest_of(database_url: str, shop_platform: str = "shopify") -> Manifest:
    """The parsed project for this database; a new copy, for a run changes its manifest."""
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest(**pickle.loads(parsed_project(shop_platform).pickled))
    _move(manifest, split_url(database_url).database)
    return manifest


def _move(manifest: Manifest, database: str) -> None:
    """Point every relation to `database`."""
    parsed_in = NO_DATABASE.rpartition("/")[2]
    nodes: list[Any] = [*manifest.nodes.values(), *manifest.sources.values(), *manifest.unit_tests.values()]
    for node in nodes:
        if getattr(node, "database", None) == parsed_in:
            node.database = database
            if node.relation_name:
                node.relation_name = node.relation_name.replace(f'"{parsed_in}".', f'"{database}".', 1)


def _invoke(
    manifest: Manifest | None,
    database_url: str,
    target: Path,
    arguments: list[str],
    shop_platform: str,
    environment: Mapping[str, str] | None = None,
) -> tuple[DbtOutcome, Any]:
    from dbt.cli.main import dbtRunner  # most tests do without dbt

    shown: list[str] = []

    def hear(event: Any) -> None:
        if event.info.level in SHOWN:
            shown.append(event.info.msg)

    options = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    options += ["--target-path", str(target), "--log-path", str(target), "--quiet", "--no-use-colors"]
    options += ["--log-level-file", "none"]  # nobody reads the thousands of lines about a run
    variables = dbt_env_of(database_url, shop_platform=shop_platform) | {"NO_COLOR": "1", **(environment or {})}
    with patch.dict(os.environ, variables):
        result = dbtRunner(manifest=manifest, callbacks=[hear]).invoke([*arguments, *options])
    code = 0 if result.success else 2 if result.exception else 1
    if result.exception:
        shown.append(str(result.exception))
    return DbtOutcome(code, "\n".join(shown)), result.result
