"""Running dbt outside Dagster: for the manifests at set-up and for the documentation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psycopg

from comptoir.database import dbt_env, parsed_for
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from comptoir.setting_types import SHOP_PLATFORMS, ShopPlatform
from comptoir.settings import get_settings

PROJECT = REPOSITORY / "dbt_project"
PARSED_FOR = "parsed_for"
COLUMN_LINEAGE = "column_lineage.json"
DBT = str(Path(sys.executable).parent / "dbt")  # that of this environment, whatever the PATH says


def parse_project() -> None:
    """Write a manifest per shop platform, into target/<platform>. Needs no database. Raises SystemExit as `run_dbt`.

    Beside it stands in PARSED_FOR for which settings it was parsed, and in COLUMN_LINEAGE what the columns are made of
    (comptoir/column_lineage.py).
    """
    from comptoir.column_lineage import column_lineage

    for platform in SHOP_PLATFORMS:
        target = PROJECT / "target" / platform
        # compiled as a complete build, as no increment is looked up (macros/incremental.sql). dbt's partial parsing
        # loses a model when its disabled namesake of the other platform was edited
        offline = ("--no-introspect", "--no-populate-cache", "--no-partial-parse")
        run_dbt("compile", "--quiet", *offline, "--target-path", str(target), shop_platform=platform)
        settings = get_settings().model_copy(update={"shop_platform": platform})
        (target / PARSED_FOR).write_text(parsed_for(settings))
        lineage = column_lineage(json.loads((target / "manifest.json").read_bytes()))
        (target / COLUMN_LINEAGE).write_text(json.dumps(lineage, sort_keys=True))


def run_dbt(*arguments: str, shop_platform: ShopPlatform | None = None) -> None:
    """Run dbt on our project with the database of the settings, and their shop platform unless one is named.

    Raises SystemExit with dbt's exit code when it fails.
    """
    command = [DBT, *arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    environment = child_environment(dbt_env(get_settings()))
    if shop_platform:
        environment["COMPTOIR_SHOP_PLATFORM"] = shop_platform
    finished = subprocess.run(command, env=environment, check=False)
    if finished.returncode:
        raise SystemExit(finished.returncode)


def write_docs() -> tuple[Path, bool]:
    """Write dbt's documentation as one page; returns its path, and whether the sizes of tables are in it.

    They are when the warehouse runs. Raises SystemExit as `run_dbt`.
    """
    try:
        psycopg.connect(get_settings().database_url_as("transformer"), connect_timeout=3).close()
        is_up = True
    except psycopg.OperationalError:
        is_up = False
    run_dbt("docs", "generate", "--static", "--quiet", *(() if is_up else ("--no-compile", "--empty-catalog")))
    return PROJECT / "target" / "static_index.html", is_up
