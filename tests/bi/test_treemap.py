"""The treemap's cells: areas are shares of the whole, and nothing is drawn of nothing."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from bi.treemap import cells, treemap

PARTS = pd.DataFrame(
    [("Laptops", "Norvane", 60.0), ("Cables", "Nimbrel", 10.0), ("Laptops", "Kaltano", 20.0),
     ("Cables", "unknown", 10.0), ("Drives", "Gravona", -5.0), ("Laptops", "Vexel", 0.0)],
    columns=["outer_part", "inner_part", "value"],
)  # fmt: skip


def test_an_area_is_a_share_of_the_whole() -> None:
    drawn = cells(PARTS)
    assert drawn["inner_part"].tolist() == ["Norvane", "Kaltano", "Nimbrel", "unknown"]
    areas = (drawn["right"] - drawn["left"]) * (drawn["bottom"] - drawn["top"])
    assert areas.tolist() == pytest.approx([0.6, 0.2, 0.1, 0.1])
    assert drawn.loc[0, ["left", "top"]].tolist() == [0, 0]
    assert drawn.loc[3, ["right", "bottom"]].tolist() == pytest.approx([1, 1])
    # columns meet, and so do the cells of one
    assert drawn["left"].tolist() == pytest.approx([0, 0, 0.8, 0.8])
    assert drawn["top"].tolist() == pytest.approx([0, 0.75, 0, 0.5])


def test_names_are_those_that_the_reader_knows() -> None:
    drawn = treemap(PARTS, "EUR", lambda text: {"unknown": "inconnu"}.get(text, text))
    assert drawn is not None
    said = json.dumps(drawn.to_dict())
    assert "inconnu" in said and "Net sales (EUR)" in said and "NaN" not in said


def test_nothing_is_drawn_of_nothing() -> None:
    assert treemap(PARTS[PARTS["value"] <= 0], "EUR") is None
    assert treemap(PARTS.head(0), "EUR") is None
