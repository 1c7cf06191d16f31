"""What is parsed of the dbt project is used again, by each step of a run, unless it was parsed anew since."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from orchestration.dbt_manifest import DBT, FIRST_STEP, PARSED, project, step_artifacts, warehouse_environment

NEWEST = project().manifest_path.with_name(PARSED)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def leave_parsed(folder: Path, age_seconds: float) -> Path:
    """What a run left in its step's folder, that much older than the last `comptoir dbt parse`."""
    parsed = folder / PARSED
    parsed.write_bytes(NEWEST.read_bytes())
    time = NEWEST.stat().st_mtime - age_seconds
    os.utime(parsed, (time, time))
    return parsed


def test_what_was_parsed_before_the_last_parse_is_not_used(settings: Settings) -> None:
    old = leave_parsed(step_artifacts(settings, "dbt_marts"), age_seconds=60)
    young = leave_parsed(step_artifacts(settings, "dbt_staging"), age_seconds=-60)
    assert step_artifacts(settings, "dbt_marts") == old.parent and not old.exists()
    assert step_artifacts(settings, "dbt_staging") == young.parent and young.exists()


def test_what_was_parsed_for_other_settings_is_not_used(settings: Settings) -> None:
    """With another time zone dbt would parse the models of orders anew, and lose one of the shop's platform."""
    parsed = leave_parsed(step_artifacts(settings, "dbt_staging"), age_seconds=-60)
    moved = settings.model_copy(update={"shop_timezone": "Asia/Tokyo"})
    with warehouse_environment(moved):
        assert Path(os.environ["DBT_TARGET_PATH"]) != NEWEST.parent
    assert step_artifacts(moved, "dbt_staging") == parsed.parent and not parsed.exists()


def test_the_first_step_begins_with_what_set_up_parsed_and_the_others_with_the_first_steps(settings: Settings) -> None:
    with warehouse_environment(settings):
        assert Path(os.environ["DBT_TARGET_PATH"]) == NEWEST.parent
    first = leave_parsed(step_artifacts(settings, FIRST_STEP), age_seconds=-60)
    with warehouse_environment(settings):
        assert Path(os.environ["DBT_TARGET_PATH"]) == first.parent


def test_dbt_parses_nothing_again_at_the_address_of_the_embedded_warehouse(settings: Settings) -> None:
    target = leave_parsed(step_artifacts(settings, FIRST_STEP), age_seconds=-60).parent
    command = [DBT, "--log-level", "debug", "parse", "--target-path", str(target), "--log-path", str(target)]
    with warehouse_environment(settings):
        run = subprocess.run(command, cwd=REPOSITORY / "dbt_project", capture_output=True, text=True, check=True)
    assert "no changes found, skipping parsing" in run.stdout
