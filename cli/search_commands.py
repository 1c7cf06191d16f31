"""The storefront's search: index, follow, fit."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import say
from cli.errors import expected

app = typer.Typer(no_args_is_help=True, help="Build the index of the search, and keep it current.")


@app.command()
def index() -> None:
    """Rebuild the search index.

    From marts.dim_products; the storefront opens the new one by itself.
    """
    from comptoir.settings import settings_at_start
    from storefront.search.builder import EmptyCatalogueError, build_search_index

    settings = settings_at_start()
    with expected(EmptyCatalogueError):
        report = build_search_index(
            settings.database_url_as("publisher"), settings.search_index_dir, settings.price_lists
        )
    say(f"{report.products} products indexed in {report.seconds:.1f} s, version {report.version}")


@app.command()
def follow() -> None:
    """Keep search and product cards current until stopped.

    An index that an earlier version wrote is built again first. What lands from the shop is in search, and in what
    recommendations may show, within seconds: prices, stock, what was published and what no longer is. What a gate would
    stop is not followed, see serving.refused_changes.
    """
    import signal
    import threading
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
    from functools import partial

    from comptoir.settings import settings_at_start
    from ingestion.landed_products import landed_since
    from storefront.search.builder import EmptyCatalogueError, renew_search_index
    from storefront.search.updates import Follower
    from streaming.followed_products import CardFollower

    settings = settings_at_start()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    database_url, platform = settings.database_url_as("publisher"), settings.shop_platform
    with expected(EmptyCatalogueError):
        renew_search_index(database_url, settings.search_index_dir, settings.price_lists)
    search = Follower(database_url, settings.search_index_dir, partial(landed_since, platform=platform))
    cards = CardFollower(database_url, platform)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(search.follow, stop), pool.submit(cards.follow, stop)]
        wait(running, return_when=FIRST_EXCEPTION)
        stop.set()
    for one in running:
        one.result()


@app.command()
def fit(
    built_in: Annotated[
        bool, typer.Option("--built-in", help="Go back to the weights that come with Comptoir.")
    ] = False,
) -> None:
    """Fit the ranking on what visitors clicked.

    On the results clicked in the last eight weeks but one; the weights are published when they rank what was clicked in
    the last week higher, beyond chance, and are used from the next build of the index on (comptoir search index).
    """
    from comptoir.settings import settings_at_start
    from storefront.search.learned_weights import TooFewClicksError, refit
    from storefront.search.published_weights import publish_built_in
    from storefront.search.versions import IndexMissingError

    settings = settings_at_start()
    database_url = settings.database_url_as("publisher")
    if built_in:
        publish_built_in(database_url)
        say("The next build of the index takes the built-in weights: comptoir search index.")
        return
    with expected(TooFewClicksError, IndexMissingError):
        say(refit(database_url, settings.search_index_dir, say).message)
