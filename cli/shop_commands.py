"""The shop's data: sync. See docs/sources.md."""

from __future__ import annotations

import typer

from cli.console import say
from cli.errors import expected, fail

app = typer.Typer(no_args_is_help=True, help="Read the shop into raw_shop.")


@app.callback()
def shop() -> None:
    """Keeps `sync` a subcommand, although it is the only one."""


@app.command()
def sync() -> None:
    """Read what changed since the last sync, then compare.

    As Dagster's asset shop_sync does. Exits with 1 when a stream was not read completely.
    \f
    Raises typer.Exit (1) then, RuntimeError when the shop could not be read at all.
    """
    from comptoir.settings import settings_at_start
    from ingestion.shop_sync import sync_shop
    from ingestion.sync_report import IngestionError

    with expected(IngestionError):
        report = sync_shop(settings_at_start(), on_progress=lambda progress: say(progress.message))
    say(report.message)
    if not report.success:
        raise fail("The shop was not read completely; what was read is kept, and the next sync continues from there.")
