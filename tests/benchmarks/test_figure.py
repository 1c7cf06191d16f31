"""A figure has a ratio and may meet its target; a family of figures is written as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.figure import Figure, write_results


@pytest.mark.parametrize(
    ("figure", "ratio", "met"),
    [
        (Figure("f", "events/s", 30, 20, 25), 1.5, True),
        (Figure("f", "events/s", 20, 20, 25), 1.0, False),
        (Figure("f", "ms", 20, 10, 25, "at_most"), 2.0, True),
        (Figure("f", "ms", 30, 10, 25, "at_most"), 3.0, False),
        (Figure("f", "events/s", 12, 20, 0.6, target_on="ratio"), 0.6, True),
        (Figure("f", "events/s", 11, 20, 0.6, target_on="ratio"), 0.55, False),
        (Figure("f", "ms", 5, None, 10, "at_most"), None, True),
        (Figure("f", "ms", 5, 10), 0.5, None),
    ],
)
def test_ratio_and_target(figure: Figure, ratio: float | None, met: bool | None) -> None:
    assert figure.ratio == (pytest.approx(ratio) if ratio else None)
    assert figure.met is met


def test_results_are_a_list_of_figures_in_one_file(tmp_path: Path) -> None:
    path = write_results("family", [Figure("f", "ms", 1234.5678, 100, 25, "at_most")], tmp_path / "results")
    assert path == tmp_path / "results" / "family.json"
    [row] = json.loads(path.read_text())
    assert {key: row[key] for key in ("figure", "unit", "value", "baseline", "ratio", "target", "met")} == {
        "figure": "f", "unit": "ms", "value": 1235, "baseline": 100, "ratio": 12.35, "target": 25, "met": False,
    }  # fmt: skip
