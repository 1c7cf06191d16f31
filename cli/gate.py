"""The command about gates: accept. See docs/gates.md."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.console import fail, say
from comptoir.audit import operator
from comptoir.settings import get_settings


def accept(
    rule: Annotated[str, typer.Argument(help="The rule that finds the day odd.")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day, as 2026-01-31.")],
    why: Annotated[str, typer.Option(help="Why the day is right as it is.")],
) -> None:
    """Say that a day which a gate finds odd is right; the gate passes over it from then on."""
    from expectations.accepted_days import accept_day

    try:
        accept_day(get_settings().database_url, rule, day.date(), why, operator())
    except RuntimeError as error:
        raise fail(error) from error
    say(f"{rule} passes over {day.date()}, and ops.accepted_days says why")
