"""Dagster's jobs from the command line: run."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import say
from cli.errors import fail


def run(
    job: Annotated[str, typer.Argument(help="daily, clickstream, model, ... as Dagster names it.")],
    minutes: Annotated[int, typer.Option(min=1, help="How long to wait for its end.")] = 30,
) -> None:
    """Run a job of Dagster and show its steps until the end.

    As its schedule does: the run is queued, and it is in Dagster's UI like any other. Exits with 1 when it fails.
    \f
    Raises typer.Exit (1) when a step or a check that blocks failed, or the run was cancelled.
    """
    from comptoir.settings import settings_at_start
    from orchestration.run import run_dagster_job

    outcome = run_dagster_job(
        job,
        settings_at_start().dagster_url,
        seconds=minutes * 60,
        on_step=lambda step: say(f"{step.status:<8}{step.seconds:6.1f} s  {step.step}"),
    )
    reasons = [outcome.error, *(f"{step.step}: {step.error}" for step in outcome.failed_steps)]
    reasons += [f"{check.check} on {check.asset}: {check.message}" for check in outcome.failed_checks]
    for warning in outcome.warnings:
        say(f"warning {warning.check} on {warning.asset}: {warning.message}")
    say(f"{job} {'succeeded' if outcome.success else 'failed'} in {outcome.seconds:.0f} s, see {outcome.url}")
    if not outcome.success:
        raise fail("\n".join(filter(None, reasons)) or "The run was cancelled.")
