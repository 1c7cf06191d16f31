"""The gates between the layers: check, accept. See docs/gates.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from cli.console import say

ACCEPTED_DAYS = 7

app = typer.Typer(no_args_is_help=True, help="Check a layer of the warehouse; accept what a rule finds.")


class Layer(StrEnum):
    """The layers that have a gate."""

    RAW = "raw"
    STAGING = "staging"
    MARTS = "marts"


@app.command()
def check(layer: Annotated[Layer, typer.Argument(help="The layer.")]) -> None:
    """Check every rule of a layer and show what is broken.

    Exits with 1 when the gate fails.
    \f
    Raises typer.Exit: with 0 when every rule that blocks holds, else with 1.
    """
    from comptoir.settings import settings_at_start
    from expectations.validate import validate

    settings = settings_at_start()
    result = validate(
        layer.value,
        settings.database_url_as("gatekeeper"),
        settings.shop_platform,
        shop_timezone=settings.shop_timezone,
        docs_dir=settings.data_docs_dir,
    )
    say(result.message)
    for warning in result.warnings:
        say(f"{'accepted' if warning.acceptance else 'warning'} {warning.message}")
    if result.docs:
        say(f"details in {result.docs}")
    raise typer.Exit(0 if result.success else 1)


@app.command()
def accept(
    rule: Annotated[str, typer.Argument(help="The rule that fails.")],
    why: Annotated[str, typer.Option(help="Why it is right as it is.")],
    day: Annotated[
        datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="The day, as 2026-01-31, of a rule about days.")
    ] = None,
    table: Annotated[str | None, typer.Option(help="The table, of a rule that several tables break.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the acceptance; today in a week.")
    ] = None,
) -> None:
    """Let a day or a table pass although it breaks a rule.

    The gate does not fail because of it from then on; reason and name are kept in ops.accepted_days or
    ops.accepted_rules. A rule that more rows break than now fails again.
    """
    from comptoir.audit import operator
    from comptoir.settings import settings_at_start
    from expectations.accepted_days import accept_day
    from expectations.accepted_rules import accept_rule

    database_url = settings_at_start().database_url_as("operator")
    if day:
        accept_day(database_url, rule, day.date(), why, operator())
        say(f"{rule} lets {day.date()} pass from now on; the reason is in ops.accepted_days")
        return
    last = until.date() if until else date.today() + timedelta(days=ACCEPTED_DAYS)
    accepted = accept_rule(database_url, rule, table, why, last, operator())
    say(f"{rule} lets {accepted} pass until {last}; the reason is in ops.accepted_rules")
