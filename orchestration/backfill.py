"""Days that dbt's steps build again: their configuration, their check, and how dbt is told of them."""

from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from comptoir.environment import changed_environment
from comptoir.settings import Settings
from ingestion.backfill_days import BackfillError, check_days

STEPS = ("dbt_staging", "dbt_marts")


class Days(dg.Config):
    """The days of a backfill, as 2026-01-31, in the shop's time zone, both included; empty in an ordinary run."""

    first_day: str = ""
    last_day: str = ""

    def dates(self) -> tuple[date, date] | None:
        """The days, None in an ordinary run. Raises dagster.Failure when one cannot be read."""
        if not self.first_day and not self.last_day:
            return None
        try:
            return date.fromisoformat(self.first_day), date.fromisoformat(self.last_day)
        except ValueError as error:
            raise dg.Failure(f"{error}: write each day as 2026-01-31.", allow_retries=False) from error


@dg.config_mapping(
    config_schema={
        name: dg.Field(str, description=f"The {which} day to build again, as 2026-01-31.")
        for name, which in (("first_day", "first"), ("last_day", "last"))
    }
)
def days_of_all_steps(days: dict[str, Any]) -> dict[str, Any]:
    """What is asked in the launchpad, once, as the configuration of both steps."""
    return {"ops": {step: {"config": days} for step in STEPS}}


def check_dates(settings: Settings, days: tuple[date, date]) -> None:
    """Raise dagster.Failure when these days cannot be built again."""
    today = datetime.now(ZoneInfo(settings.shop_timezone)).date()
    try:
        check_days(settings.database_url_as("transformer"), *days, today)
    except BackfillError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def backfill_environment(days: tuple[date, date] | None) -> AbstractContextManager[None]:
    """What dbt_project/macros/backfill.sql reads, for as long as dbt is called from this process.

    Nothing is set in an ordinary run: with a variable that it did not have dbt parses the models anew that read it.
    """
    if days is None:
        return nullcontext()
    first, last = days
    return changed_environment({"COMPTOIR_BACKFILL_FROM": str(first), "COMPTOIR_BACKFILL_TO": str(last)})
