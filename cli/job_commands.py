"""Dagster's jobs from the command line: run, backfill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

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
    _run(job, minutes)


def backfill(
    first: Annotated[datetime, typer.Argument(metavar="FROM", formats=["%Y-%m-%d"], help="First day, as 2026-01-31.")],
    last: Annotated[datetime, typer.Argument(metavar="TO", formats=["%Y-%m-%d"], help="Last day, as 2026-02-28.")],
    minutes: Annotated[int, typer.Option(min=1, help="How long to wait for its end.")] = 240,
) -> None:
    """Build the tables of these days again, from raw.

    After a model was changed or rows were damaged; other days stay as they are. Stopped half-way: the same again.
    \f
    By Dagster's job `backfill`. Days are those of the shop's time zone.

    Raises RuntimeError when the days cannot be built again, typer.Exit (1) as `run`.
    """
    from zoneinfo import ZoneInfo

    from comptoir.settings import settings_at_start
    from ingestion.backfill_days import check_days

    settings = settings_at_start()
    days = first.date(), last.date()
    check_days(settings.database_url_as("transformer"), *days, datetime.now(ZoneInfo(settings.shop_timezone)).date())
    _run("backfill", minutes, {"first_day": str(days[0]), "last_day": str(days[1])})


def _run(job: str, minutes: int, config: Mapping[str, Any] | None = None) -> None:
    from comptoir.settings import settings_at_start
    from orchestration.run import run_dagster_job

    outcome = run_dagster_job(
        job,
        settings_at_start().dagster_url,
        config=config,
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
