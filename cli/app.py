"""`comptoir`: what operators do, from one command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import clicks, gate
from cli.console import console, fail, say

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(clicks.land)
app.command()(clicks.restore_archive)
app.command()(gate.accept)
app.add_typer(clicks.replay, name="replay")


@app.command()
def up() -> None:
    """Start the embedded stack and wait until every process is ready."""
    from local import stack

    try:
        stack.up(say)
    except (RuntimeError, FileNotFoundError) as error:
        raise fail(error) from error


@app.command()
def down() -> None:
    """Stop the embedded stack; the data stays."""
    from local import stack

    say("stopped" if stack.down() else "nothing was running")


@app.command()
def status() -> None:
    """What runs, since when, and where."""
    from local import stack

    rows = stack.status()
    if not rows:
        say("the stack is down; `make up` starts it")
        raise typer.Exit(1)
    for name, state, address in rows:
        say(f"{name:<18} {state:<44} {address}")


@app.command()
def clean() -> None:
    """Stop the stack and forget its data."""
    from local import stack

    stack.clean()


@app.command()
def rebuild() -> None:
    """Make all recommendation lists anew from the counts, after a change of the scoring. Stop the stream first."""
    from comptoir.settings import get_settings
    from streaming.job import QUERY
    from streaming.rebuild import rebuild_lists
    from streaming.state import StreamAlreadyRunning, StreamName

    settings = get_settings()
    try:
        name = StreamName(QUERY, settings.clicks_topic)
        rebuild_lists(settings.database_url, name, settings.consumable_categories)
    except StreamAlreadyRunning as error:
        raise fail(error) from error


@app.command()
def parse() -> None:
    """Write dbt's manifests, one a shop platform, which Dagster reads when it loads. Needs no database."""
    from comptoir.dbt_runner import parse_project

    parse_project()


@app.command()
def docs() -> None:
    """Build dbt's documentation with its lineage as one page, with the sizes of tables when the warehouse runs."""
    from comptoir.dbt_runner import write_docs

    page, has_tables = write_docs()
    say(f"wrote {page}" + ("" if has_tables else ", without the sizes of tables: the warehouse is down"))


@app.command()
def dictionary() -> None:
    """Write docs/data-dictionary.md: marts, metrics and their readers in words. Needs no database."""
    from bi.data_dictionary import write_data_dictionary
    from comptoir.dbt_runner import run_dbt

    run_dbt("parse", "--quiet", shop_platform="shopify")  # whatever is set: the page is committed
    say(f"wrote {write_data_dictionary()}")


@app.command()
def schema() -> None:
    """Write the event contract as JSON Schema into docs/schemas."""
    from comptoir.settings import REPOSITORY
    from events.json_schema import write_schema

    say(f"wrote {write_schema(REPOSITORY / 'docs' / 'schemas')}")


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop everything after the summary.")] = False,
    data: Annotated[Path | None, typer.Option(help="A folder with your own catalogue and clicks.")] = None,
) -> None:
    """Run the whole platform: a shop, its history, the daily job, a visitor's click. See README.md."""
    from local import demo as local_demo

    try:
        ok = local_demo.run(data, once, console)
    except (RuntimeError, FileNotFoundError, TimeoutError) as error:
        raise fail(error) from error
    raise typer.Exit(0 if ok else 1)


if __name__ == "__main__":
    app()
