"""The installation: doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import say
from cli.errors import fail


def doctor(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only what is not fine.")] = False,
) -> None:
    """Say what is missing or wrong here, and what to do.

    Exits with 1 when something blocks.
    \f
    Raises typer.Exit (1) then, and SettingsError for settings that cannot be read.
    """
    from comptoir.settings import get_settings
    from doctor.examination import EXAMINATIONS, examine
    from doctor.finding import Level

    counts = dict.fromkeys(Level, 0)
    for finding in examine(get_settings(), EXAMINATIONS):
        counts[finding.level] += 1
        if not (quiet and finding.level is Level.FINE):
            say(finding.line)
    if counts[Level.BLOCKS]:
        raise fail(f"{counts[Level.BLOCKS]} things are in the way, {counts[Level.WARNS]} are worth a look.")
    say(f"Nothing is in the way; {counts[Level.WARNS]} things are worth a look.")
