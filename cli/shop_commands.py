"""The shop's data: sync. See docs/sources.md."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.console import say
from cli.errors import expected, fail

app = typer.Typer(no_args_is_help=True, help="Read the shop into raw_shop.")


@app.callback()
def shop() -> None:
    """Keeps `sync` a subcommand, although it is the only one."""


@app.command()
def sync(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Read again what changed since this day began.")
    ] = None,
) -> None:
    """Read what changed since the last sync, then compare.

    As Dagster's asset shop_sync does. Exits with 1 when a stream was not read completely.
    \f
    Raises typer.Exit (1) then, RuntimeError when the shop could not be read at all.
    """
    from zoneinfo import ZoneInfo

    from comptoir.settings import settings_at_start
    from ingestion.shop_sync import sync_shop
    from ingestion.sync_report import IngestionError

    settings = settings_at_start()
    begin = since.replace(tzinfo=ZoneInfo(settings.shop_timezone)) if since else None
    with expected(IngestionError):
        report = sync_shop(settings, lambda progress: say(progress.message), begin)
    say(report.message)
    if not report.success:
        raise fail("The shop was not read completely; what was read is kept, and the next sync continues from there.")
