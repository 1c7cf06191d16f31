"""The storefront's search: index."""

from __future__ import annotations

import typer

from cli.console import say
from cli.errors import expected

app = typer.Typer(no_args_is_help=True, help="Rebuild the index of the storefront's search.")


@app.callback()
def search() -> None:
    """Keeps `index` a subcommand, although it is the only one."""


@app.command()
def index() -> None:
    """Rebuild the search index.

    From marts.dim_products; the storefront opens the new one by itself.
    """
    from comptoir.settings import settings_at_start
    from storefront.search.builder import EmptyCatalogueError, build_search_index

    settings = settings_at_start()
    with expected(EmptyCatalogueError):
        report = build_search_index(settings.database_url, settings.search_index_dir)
    say(f"{report.products} products indexed in {report.seconds:.1f} s, version {report.version}")
