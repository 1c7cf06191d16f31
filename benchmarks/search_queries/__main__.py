"""Asks the sixty queries of each catalogue and prints the faults: `python -m benchmarks.search_queries`.

The real catalogue is no part of this repository: COMPTOIR_SEARCH_CATALOGUE names its folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import typer

from benchmarks.fit_search import catalogue_rows
from benchmarks.search_catalogue import shop_catalogue
from benchmarks.search_queries import Query, Row, fault, read_queries, with_numbers
from benchmarks.settings import BenchmarkSettings
from storefront.search.builder import index_products
from storefront.search.reader import SearchIndex


def main() -> None:
    """Print the faults and how many are right."""
    real = BenchmarkSettings().search_catalogue
    _report("generated", shop_catalogue(), read_queries("generated"))
    if real:
        _report("real", catalogue_rows(real), read_queries("real"))
    else:
        typer.echo("real catalogue: not asked; COMPTOIR_SEARCH_CATALOGUE names no folder")


def _report(name: str, rows: Sequence[Row], queries: Sequence[Query]) -> None:
    with tempfile.TemporaryDirectory(prefix="comptoir-queries-") as folder:
        index_products(rows, Path(folder))
        index = SearchIndex(Path(folder))
        faults = {query["q"]: fault(index, query) for query in with_numbers(queries, rows)}
    wrong = {asked: said for asked, said in faults.items() if said}
    for asked, said in wrong.items():
        typer.echo(f"  {asked!r} {said}")
    typer.echo(f"{name} catalogue: {len(queries) - len(wrong)} of {len(queries)} right")


if __name__ == "__main__":
    typer.run(main)
