"""Metrics as `mf query` says them, over the tests' warehouse."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from comptoir.database import dbt_env_of
from tests.support.dbt_in_process import DBT_PROJECT, NO_DATABASE, parsed_project


def mf_figures(url: str, names: Sequence[str], folder: Path) -> pd.Series:
    """Ask MetricFlow for the metrics' figures over all days; `folder` gets its project and its answer."""
    (folder / "target").mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(DBT_PROJECT / name, folder)
    own, parsed = (one.rpartition("/")[2] for one in (url, NO_DATABASE))
    models = parsed_project("shopify").semantic_manifest_json.decode()
    (folder / "target/semantic_manifest.json").write_text(models.replace(f'\\"{parsed}\\".', f'\\"{own}\\".'))
    mf = [str(Path(sys.executable).parent / "mf"), "query", "--metrics", ",".join(names), "--csv", "figures.csv"]
    environment = os.environ | dbt_env_of(url) | {"DBT_PROFILES_DIR": str(folder), "DBT_PROJECT_DIR": str(folder)}
    asked = subprocess.run(mf, cwd=folder, env=environment, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    return pd.read_csv(folder / "figures.csv").iloc[0]
