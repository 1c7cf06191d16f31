"""dbt's project: parse."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Write the manifests that Dagster reads.")


@app.callback()
def dbt() -> None:
    """Keeps `parse` a subcommand, although it is the only one."""


@app.command()
def parse() -> None:
    """Write dbt's manifests, one a shop platform.

    Dagster reads them when it loads. Needs no database.
    """
    from comptoir.dbt_runner import parse_project

    parse_project()
