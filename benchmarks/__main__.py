"""`python -m benchmarks [FAMILY ...]` measures, writes benchmarks/results/<family>.json and prints a table."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, TypeAlias

import typer

from benchmarks.figure import CannotMeasure, Figure, write_results

Measure: TypeAlias = Callable[[], list[Figure]]

# family -> module with a function `measure() -> list[Figure]`, imported only when it is measured
FAMILIES: dict[str, str] = {
    "chaos": "benchmarks.chaos",
    "clickstream": "benchmarks.clickstream",
    "dashboard": "benchmarks.dashboard",
    "erasure": "benchmarks.erasure",
    "fuzz": "benchmarks.fuzz",
    "growth": "benchmarks.growth",
    "highest_rate": "benchmarks.highest_rate",
    "index": "benchmarks.index",
    "ingestion": "benchmarks.ingestion",
    "list_reads": "benchmarks.list_reads",
    "recommendations": "benchmarks.recommendation_speed",
    "replay": "benchmarks.replay",
    "search": "benchmarks.search",
    "quality": "benchmarks.recommendation_quality",
    "spread": "benchmarks.spread",
    "spread_cluster": "benchmarks.spread_cluster",
    "storefront": "benchmarks.storefront",
    "stream_chaos": "benchmarks.stream_chaos",
    "warehouse": "benchmarks.warehouse",
}


def measure(
    families: Annotated[list[str] | None, typer.Argument(help=f"any of: {', '.join(FAMILIES)}")] = None,
) -> None:
    """Measure the given families, or all of them. Raises BadParameter for an unknown one."""
    wanted = families or list(FAMILIES)
    if unknown := sorted(set(wanted) - set(FAMILIES)):
        raise typer.BadParameter(f"there is no family {', '.join(unknown)}; there are {', '.join(FAMILIES)}")
    for family in wanted:
        run: Measure = import_module(FAMILIES[family]).measure
        try:
            write_results(family, run())
        except CannotMeasure as error:
            typer.echo(f"{family} was not measured: {error}", err=True)


if __name__ == "__main__":
    typer.run(measure)
