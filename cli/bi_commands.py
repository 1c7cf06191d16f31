"""The BI team's files: tableau."""

from __future__ import annotations

import typer

from cli.console import say
from cli.errors import expected

app = typer.Typer(no_args_is_help=True, help="Write Tableau's files.")


@app.callback()
def bi() -> None:
    """Keeps `tableau` a subcommand, although it is the only one."""


@app.command()
def tableau() -> None:
    """Write the workbook and its data sources, one a mart."""
    from bi.tableau import MartMissing, write_workbook
    from comptoir.settings import settings_at_start

    settings = settings_at_start()
    with expected(MartMissing):
        files = write_workbook(settings.database_url_as("reporter"), settings.tableau_dir)
    say(f"wrote {files.workbook} and {len(files.datasources)} data sources")
