"""Launching a job on a running Dagster and reading its outcome: a real webserver with a small graph."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.support.servers import stopped_at_exit
from cli.app import app
from comptoir.settings import Settings, get_settings
from local.ports import find_free_port
from local.services import services
from orchestration.dagster_api import DagsterApi, DagsterUnavailableError
from orchestration.run import StepOutcome, run_dagster_job, wait_until_loaded

GRAPH = """
import dagster as dg

@dg.asset
def loaded(): ...

@dg.asset_check(asset=loaded, blocking=True)
def gate():
    return dg.AssetCheckResult(passed=False, description="3 rows of loaded are bad")

@dg.asset(deps=[loaded])
def published(): ...

@dg.asset
def broken():
    raise ValueError("the shop is closed")

@dg.asset
def sound(): ...

@dg.definitions
def defs():
    return dg.Definitions(
        assets=[loaded, published, broken, sound],
        asset_checks=[gate],
        jobs=[
            dg.define_asset_job("all", dg.AssetSelection.all()),
            dg.define_asset_job("good", dg.AssetSelection.assets(sound)),
        ],
        schedules=[dg.ScheduleDefinition(job_name="good", cron_schedule="0 5 * * *")],
        executor=dg.in_process_executor,
    )
"""
WORKSPACE = "load_from: [{python_file: {relative_path: graph.py, location_name: comptoir}}]"
# runs start at once, without a daemon
INSTANCE = """
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
telemetry: {enabled: false}
"""


def serve(home: Path, graph: str, port: int) -> list[str]:
    (home / "graph.py").write_text(graph)
    (home / "workspace.yaml").write_text(WORKSPACE)
    (home / "dagster.yaml").write_text(INSTANCE)
    webserver = str(Path(sys.executable).parent / "dagster-webserver")
    return [webserver, "-h", "127.0.0.1", "-p", str(port), "-w", str(home / "workspace.yaml")]


@pytest.fixture(scope="module")
def dagster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home, port = tmp_path_factory.mktemp("dagster"), find_free_port()
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    with stopped_at_exit(serve(home, GRAPH, port), home / "webserver.log", env=environment):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.services
def test_a_failed_gate_is_reported_with_its_check_and_the_steps_after_it_do_not_run(dagster_url: str) -> None:
    ended: list[StepOutcome] = []
    outcome = run_dagster_job("all", dagster_url, seconds=280, on_step=ended.append)

    assert not outcome.success
    assert {step.step for step in outcome.failed_steps} == {"loaded_gate", "broken"}
    assert "published" not in {step.step for step in outcome.steps}
    assert [(check.asset, check.check, check.message) for check in outcome.failed_checks] == [
        ("loaded", "gate", "3 rows of loaded are bad")
    ]
    assert next(step.error for step in outcome.failed_steps if step.step == "broken") == "the shop is closed"
    assert {step.step for step in ended} == {"loaded", "loaded_gate", "broken", "sound"}
    assert outcome.url == f"{dagster_url}/runs/{outcome.run_id}"


@pytest.mark.services
def test_a_good_run_is_a_success_with_nothing_failed(dagster_url: str) -> None:
    outcome = run_dagster_job("good", dagster_url, seconds=280)

    assert outcome.success
    assert DagsterApi(dagster_url).stopped_automation() == ["good_schedule"]
    assert [step.step for step in outcome.steps] == ["sound"]
    assert not outcome.failed_steps
    assert not outcome.failed_checks
    assert outcome.seconds > 0


@pytest.mark.services
def test_the_command_shows_each_step_and_why_one_failed(dagster_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_DAGSTER_PORT", dagster_url.rpartition(":")[2])
    get_settings.cache_clear()
    try:
        failed, good = (CliRunner().invoke(app, ["run", job]) for job in ("all", "good"))
    finally:
        get_settings.cache_clear()
    assert failed.exit_code == 1 and "loaded_gate" in failed.stdout
    assert "error broken: the shop is closed" in failed.stderr
    assert "error gate on loaded: 3 rows of loaded are bad" in failed.stderr
    assert good.exit_code == 0 and "good succeeded" in good.stdout


@pytest.mark.services
def test_an_unknown_job_is_refused_by_name(dagster_url: str) -> None:
    with pytest.raises(DagsterUnavailableError, match="nightly"):
        run_dagster_job("nightly", dagster_url)


@pytest.mark.services
def test_definitions_that_do_not_load_are_reported_with_the_reason(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path)}
    command = serve(tmp_path, "raise FileNotFoundError('manifest.json is missing')", port)
    with (
        stopped_at_exit(command, tmp_path / "webserver.log", env=environment),
        pytest.raises(DagsterUnavailableError, match=r"manifest\.json is missing"),
    ):
        wait_until_loaded(f"http://127.0.0.1:{port}", seconds=280)


@pytest.mark.services
def test_a_code_server_that_does_not_answer_yet_is_waited_for(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port, code_port = free_port(), free_port()
    url, environment = f"http://127.0.0.1:{port}", {**os.environ, "DAGSTER_HOME": str(tmp_path)}
    command = serve(tmp_path, GRAPH, port)
    server = f"{{host: 127.0.0.1, port: {code_port}, location_name: comptoir}}"
    (tmp_path / "workspace.yaml").write_text(f"load_from: [{{grpc_server: {server}}}]")
    code = [sys.executable, "-m", "dagster", "api", "grpc", "-h", "127.0.0.1", "-p", str(code_port)]
    with stopped_at_exit(command, tmp_path / "webserver.log", env=environment):
        with pytest.raises(DagsterUnavailableError, match="still loading"):
            wait_until_loaded(url, seconds=15)
        with stopped_at_exit([*code, "-f", str(tmp_path / "graph.py")], tmp_path / "code.log", env=environment):
            wait_until_loaded(url, seconds=120)


def test_a_webserver_that_is_away_is_named(free_port: Callable[[], int]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(DagsterUnavailableError, match=url):
        wait_until_loaded(url, seconds=1)


@pytest.mark.services
def test_the_web_server_for_readers_starts_no_run(tmp_path: Path) -> None:
    known = {service.name: service for service in services(Settings(dagster_for_readers=True))}
    option = next(word for word in known["dagster-readers"].command if word.startswith("--read"))
    assert option not in known["dagster-webserver"].command
    port = find_free_port()
    with (
        stopped_at_exit(
            [*serve(tmp_path, GRAPH, port), option], tmp_path / "log", env={**os.environ, "DAGSTER_HOME": str(tmp_path)}
        ),
        pytest.raises(RuntimeError, match="Authorization failed"),
    ):
        run_dagster_job("good", f"http://127.0.0.1:{port}", seconds=120)
