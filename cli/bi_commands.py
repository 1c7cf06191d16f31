"""The BI team's files: Tableau, its extract and server, Power BI."""

from __future__ import annotations

import typer

from cli.console import say
from cli.errors import expected, fail

app = typer.Typer(no_args_is_help=True, help="Write the files of Tableau and Power BI, and publish them.")


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
def publish() -> None:
    """Publish the packaged workbook to Tableau Server or Cloud.

    To COMPTOIR_TABLEAU_SERVER; it is the package that `comptoir bi extract` and the daily run write.
    """
    from bi.tableau_package import package_of
    from bi.tableau_publishing import TableauAway, TableauRefused, server_of
    from bi.tableau_publishing import publish as publish_package
    from comptoir.settings import settings_at_start

    settings = settings_at_start()
    server, package = server_of(settings), package_of(settings.tableau_extract)
    if server is None or not package.exists():
        what = "COMPTOIR_TABLEAU_SERVER is not set" if server is None else f"{package} is missing: comptoir bi extract"
        raise fail(f"Nothing is published: {what}.")
    with expected(TableauAway, TableauRefused):
        say(f"published as {publish_package(package, server)}")


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
