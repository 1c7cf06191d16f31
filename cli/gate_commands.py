"""The gates between the layers: check, accept. See docs/gates.md."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from cli.console import say

app = typer.Typer(no_args_is_help=True, help="Check a layer of the warehouse; accept an unusual day.")


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
        settings.database_url,
        settings.shop_platform,
        shop_timezone=settings.shop_timezone,
        docs_dir=settings.data_docs_dir,
    )
    say(result.message)
    for warning in result.warnings:
        say(f"warning {warning.message}")
    if result.docs:
        say(f"details in {result.docs}")
    raise typer.Exit(0 if result.success else 1)


@app.command()
def accept(
    rule: Annotated[str, typer.Argument(help="The rule that fails because of the day.")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day, as 2026-01-31.")],
    why: Annotated[str, typer.Option(help="Why the day is right as it is.")],
) -> None:
    """Let a day pass that a rule finds unusual.

    The gate does not fail because of it from then on; reason and name are kept in ops.accepted_days.
    """
    from comptoir.audit import operator
    from comptoir.settings import settings_at_start
    from expectations.accepted_days import accept_day

    accept_day(settings_at_start().database_url, rule, day.date(), why, operator())
    say(f"{rule} lets {day.date()} pass from now on; the reason is in ops.accepted_days")
