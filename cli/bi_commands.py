"""The BI team's files: Tableau, its extract, Power BI."""

from __future__ import annotations

import typer

from cli.console import say
from cli.errors import expected

app = typer.Typer(no_args_is_help=True, help="Write the files of Tableau and Power BI.")


@app.command()
def tableau() -> None:
    """Write the workbook and its data sources, one a mart."""
    from bi.tableau import MartMissing, write_workbook
    from comptoir.settings import settings_at_start

    settings = settings_at_start()
    with expected(MartMissing):
        files = write_workbook(settings.database_url_as("reporter"), settings.tableau_dir)
    say(f"wrote {files.workbook} and {len(files.datasources)} data sources")


@app.command()
def extract() -> None:
    """Write the marts as Tableau extract and packaged workbook.

    For authors without access to the database.
    """
    from bi.tableau import MartMissing
    from bi.tableau_extract import write_extract
    from bi.tableau_package import package_of
    from comptoir.settings import settings_at_start

    settings = settings_at_start()
    with expected(MartMissing):
        extracted = write_extract(settings.database_url_as("reporter"), settings.tableau_extract)
    rows, read = sum(extracted.rows.values()), sum(extracted.read.values())
    files = f"{settings.tableau_extract} and {package_of(settings.tableau_extract).name}"
    say(f"wrote {files}: {rows:,} rows of {len(extracted.rows)} marts, {read:,} of them of days that changed")


@app.command()
def powerbi() -> None:
    """Write a Power BI project: marts, metrics and pages.

    Needs no database.
    """
    from bi.powerbi import write_project
    from comptoir.postgres_url import split_url
    from comptoir.settings import settings_at_start

    settings = settings_at_start()
    address = split_url(settings.database_url_as("reporter"))
    file = write_project(settings.powerbi_dir, f"{address.host}:{address.port}", address.database)
    say(f"wrote {file}")
