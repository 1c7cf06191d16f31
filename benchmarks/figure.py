"""A measured figure with its baseline and target, and the file that a family of figures is written to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


class CannotMeasure(Exception):
    """A family needs something that is missing; the message says what to provide."""


@dataclass(frozen=True)
class Figure:
    """One figure. A figure without a target is for information only."""

    figure: str
    unit: str  # of value and baseline
    value: float
    baseline: float | None = None  # the simplest program that does the same work, measured in the same run
    target: float | None = None
    direction: Literal["at_least", "at_most"] = "at_least"
    target_on: Literal["value", "ratio"] = "value"  # what the target is compared with
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """value / baseline; None without a baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None without a target."""
        measured = self.value if self.target_on == "value" else self.ratio
        if self.target is None or measured is None:
            return None
        return measured >= self.target if self.direction == "at_least" else measured <= self.target

    def as_row(self) -> dict[str, Any]:
        """The figure as an object of the results file, numbers rounded to four digits."""
        row: dict[str, Any] = {
            "figure": self.figure,
            "unit": self.unit,
            "value": _rounded(self.value),
            "baseline": _rounded(self.baseline),
            "ratio": _rounded(self.ratio),
            "target": self.target,
            "met": self.met,
        }
        if self.target is not None:
            row["target_is"] = f"{self.target_on} {self.direction.replace('_', ' ')}"
        if self.note:
            row["note"] = self.note
        return row


def write_results(family: str, figures: Sequence[Figure], results_dir: Path = RESULTS) -> Path:
    """Write `<results_dir>/<family>.json`, print the table, return the file's path."""
    results_dir.mkdir(parents=True, exist_ok=True)
    path = results_dir / f"{family}.json"
    path.write_text(json.dumps([figure.as_row() for figure in figures], indent=2) + "\n")
    print_figures(family, figures)
    return path


def print_figures(family: str, figures: Sequence[Figure]) -> None:
    """Print the table of the figures."""
    Console().print(_table(family, figures))


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def _text(number: float | None) -> str:
    return "" if number is None else f"{_rounded(number):,.6g}"


def _table(family: str, figures: Sequence[Figure]) -> Table:
    table = Table("figure", "unit", "value", "baseline", "ratio", "target", "met", title=family)
    for figure in figures:
        sign = "≥" if figure.direction == "at_least" else "≤"
        suffix = " (ratio)" if figure.target_on == "ratio" else ""
        target = "" if figure.target is None else f"{sign} {_text(figure.target)}{suffix}"
        met = {True: "[green]yes", False: "[red]no", None: ""}[figure.met]
        table.add_row(
            figure.figure, figure.unit, _text(figure.value), _text(figure.baseline), _text(figure.ratio), target, met
        )
    return table
