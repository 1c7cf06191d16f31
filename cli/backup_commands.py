"""Backups of the embedded Postgres. See docs/backup.md."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.console import say

app = typer.Typer(no_args_is_help=True, help="Back up the embedded Postgres, and restore it.")


@app.command()
def make(folder: Annotated[Path, typer.Argument(help="A new folder, on another disk.")]) -> None:
    """Copy the running Postgres to a folder, and verify it.

    With COMPTOIR_WAL_ARCHIVE set, every moment from now on can be restored from it.
    \f
    Raises RuntimeError with what Postgres says.
    """
    from comptoir.postgres_url import with_database
    from comptoir.settings import get_settings
    from local.backup import make_backup

    make_backup(with_database(get_settings().database_url, "postgres"), folder)
    say(f"the backup is in {folder}, every file verified")


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup.")],
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="The moment, 2026-11-27T14:30:00+0100; else the newest."),
    ] = None,
) -> None:
    """Put a backup in Postgres' place, up to a moment.

    Needs the platform stopped and its old Postgres moved away. What came after the moment is read again from Kafka and
    from the shop when the platform runs.
    \f
    Raises RuntimeError when the backup is damaged, a Postgres is in its place, or the platform runs.
    """
    from comptoir.settings import get_settings
    from local.backup import restore_backup
    from local.stack import require_stopped

    settings = get_settings()
    require_stopped(settings.data_dir)
    restore_backup(folder, settings.data_dir / "postgres", settings.wal_archive, until)
    say("restored: `comptoir up` starts it, and it recovers then")
