"""Run a job on the running Dagster and wait for its end, as `comptoir run` and `comptoir demo` do.

The run takes the ordinary path (queue, daemon, a process of its own), so it is in the UI like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dagster import DagsterRunStatus
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from comptoir.settings import get_settings
from orchestration.dagster_api import DagsterApi, DagsterUnavailableError, reason_of

LOAD_SECONDS = 0.5  # between two looks whether the definitions are loaded
POLL_SECONDS = 2  # between two looks at a run: each takes the web server some fifty milliseconds
FINISHED = {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}


@dataclass(frozen=True)
class StepOutcome:
    """One step that ran: SUCCESS or FAILURE, its seconds, and the reason of a failure."""

    step: str
    status: str
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class CheckOutcome:
    """One asset check that does not hold; `asset` is schema/table. A warning never stops a run."""

    asset: str
    check: str
    message: str
    is_warning: bool = False


@dataclass(frozen=True)
class RunOutcome:
    """What a run did; `steps` are those that ran. A failed check that blocks nothing leaves `success` true."""

    job: str
    run_id: str
    success: bool
    seconds: float
    url: str
    steps: list[StepOutcome] = field(default_factory=list)
    failed_checks: list[CheckOutcome] = field(default_factory=list)
    warnings: list[CheckOutcome] = field(default_factory=list)
    error: str = ""

    @property
    def failed_steps(self) -> list[StepOutcome]:
        """The steps that failed; those after them did not run."""
        return [step for step in self.steps if step.status == "FAILURE"]


class _StillLoadingError(DagsterUnavailableError):
    """The web server is up and the definitions are not."""


def wait_until_loaded(dagster_url: str, seconds: float = 120) -> None:
    """Wait until the web server has our definitions.

    Raises DagsterUnavailableError with the reason when they cannot load, or when it does not answer in time.
    """
    api = DagsterApi(dagster_url)
    for attempt in Retrying(
        stop=stop_after_delay(seconds),
        wait=wait_fixed(LOAD_SECONDS),
        retry=retry_if_exception_type(DagsterUnavailableError),
        reraise=True,
    ):
        with attempt:
            loaded, error = api.load_state()
            if not loaded and not error:
                raise _StillLoadingError(f"Dagster at {dagster_url} is still loading the definitions.")
    if error:
        raise DagsterUnavailableError(f"Dagster could not load the definitions: {error}")


def run_dagster_job(
    name: str,
    dagster_url: str | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    seconds: float = 1800,
    on_step: Callable[[StepOutcome], None] = lambda _: None,
) -> RunOutcome:
    """Launch job `name` on the settings' Dagster (or another), wait until it ends and return what happened.

    `config` is its run config; `on_step` is called with each step as it ends. Raises DagsterUnavailableError, and
    TimeoutError after `seconds`; the run then continues in Dagster.
    """
    dagster_url = dagster_url or get_settings().dagster_url
    wait_until_loaded(dagster_url)
    api = DagsterApi(dagster_url)
    begun = time.monotonic()
    run_id = api.launch(name, config)
    url = f"{dagster_url}/runs/{run_id}"
    record = _RunEvents(on_step)
    cursor: str | None = None
    while True:
        status = api.status(run_id)  # before the events, so that none of a finished run is missed
        events, cursor = api.events(run_id, cursor)
        for event in events:
            record.add(event)
        if status in FINISHED:
            break
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"Job {name} did not end within {seconds:.0f} s; it continues, see {url}")
        time.sleep(POLL_SECONDS)
    return RunOutcome(
        job=name,
        run_id=run_id,
        success=status is DagsterRunStatus.SUCCESS,
        seconds=round(time.monotonic() - begun, 1),
        url=url,
        steps=list(record.steps.values()),
        failed_checks=[check for check in record.checks if not check.is_warning],
        warnings=[check for check in record.checks if check.is_warning],
        error=record.error,
    )


class _RunEvents:
    """What a run's events say, added in order."""

    def __init__(self, on_step: Callable[[StepOutcome], None]) -> None:
        self.steps: dict[str, StepOutcome] = {}
        self.checks: list[CheckOutcome] = []
        self.error = ""
        self._started: dict[str, float] = {}
        self._on_step = on_step

    def add(self, event: dict[str, Any]) -> None:
        match event["__typename"]:
            case "ExecutionStepStartEvent":
                self._started[event["stepKey"]] = float(event["timestamp"])
            case "ExecutionStepSuccessEvent":
                self._end(event, "SUCCESS")
            case "ExecutionStepFailureEvent":
                self._end(event, "FAILURE", reason_of(event["error"]))
            case "RunFailureEvent":
                self.error = reason_of(event["error"]) or event["message"]
            case "AssetCheckEvaluationEvent":
                check = event["evaluation"]
                if not check["success"]:
                    asset = "/".join(check["assetKey"]["path"])
                    message = check["description"] or ""
                    self.checks.append(CheckOutcome(asset, check["checkName"], message, check["severity"] == "WARN"))

    def _end(self, event: dict[str, Any], status: str, error: str = "") -> None:
        key = event["stepKey"]
        milliseconds = float(event["timestamp"]) - self._started.get(key, float(event["timestamp"]))
        self.steps[key] = StepOutcome(key, status, round(milliseconds / 1000, 1), error)
        self._on_step(self.steps[key])
