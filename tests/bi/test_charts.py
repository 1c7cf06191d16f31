"""What charts do with nothing to draw."""

from __future__ import annotations

import json

import pandas as pd

from bi import charts

TITLES = ("frequency", "recency", "customers")


def test_a_heat_map_without_a_cell_is_none() -> None:
    empty = pd.DataFrame({"x": [], "y": [], "n": []})
    assert charts.grid(empty, "x", "y", "n", "count", TITLES) is None
    drawn = charts.grid(pd.DataFrame({"x": [1], "y": [2], "n": [0]}), "x", "y", "n", "count", TITLES)
    assert drawn is not None and "NaN" not in json.dumps(drawn.to_dict())


def test_a_funnel_without_steps_is_valid() -> None:
    steps = pd.DataFrame({"step": [], "sessions": [], "of_all": [], "of_last": []})
    assert "NaN" not in json.dumps(charts.funnel(steps).to_dict())
