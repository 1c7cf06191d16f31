"""What charts do with nothing to draw."""

from __future__ import annotations

import json

import pandas as pd

from bi import charts
from bi.chart_locale import chart_locale
from bi.texts import translated

TITLES = ("frequency", "recency", "customers")


def test_a_heat_map_without_a_cell_is_none() -> None:
    empty = pd.DataFrame({"x": [], "y": [], "n": []})
    assert charts.grid(empty, "x", "y", "n", "count", TITLES) is None
    drawn = charts.grid(pd.DataFrame({"x": [1], "y": [2], "n": [0]}), "x", "y", "n", "count", TITLES)
    assert drawn is not None and "NaN" not in json.dumps(drawn.to_dict())


def test_a_funnel_without_steps_is_valid() -> None:
    steps = pd.DataFrame({"step": [], "sessions": [], "of_all": [], "of_last": []})
    assert "NaN" not in json.dumps(charts.funnel(steps).to_dict())


def test_charts_write_numbers_and_days_as_the_language_does() -> None:
    french = chart_locale("fr")
    assert french["number"]["decimal"] == "," and french["number"]["thousands"] == "\u202f"
    assert french["number"]["currency"] == ["", "\u00a0¤"] and chart_locale("en")["number"]["currency"] == ["¤", ""]
    assert french["time"]["days"][0] == "dimanche" and french["time"]["shortMonths"][1] == "févr."
    assert chart_locale("en")["time"]["shortDays"] == ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


def test_an_axis_of_billions_has_the_languages_letter_for_them() -> None:
    days = pd.DataFrame({"day": pd.date_range("2026-03-01", periods=2), "net_sales": [4e9, 1e9]})
    days = days.assign(note=None, unusual=None)
    for t, letter in ((str, "B"), (lambda text: translated(text, "fr"), "Md")):
        drawn = json.dumps(charts.trend(days, "net_sales", "", "money", "JPY", t=t).to_dict())
        assert f"'G', '{letter}'" in drawn


def test_a_bar_is_named_in_the_language_and_a_click_on_it_gives_its_value() -> None:
    frame = pd.DataFrame({"key": ["Laptops", "unknown"], "net_sales": [2.0, 1.0]})
    drawn = charts.bars(frame, "net_sales", "money", clickable=True, t=lambda text: f"<{text}>").to_dict()
    bar = drawn["layer"][0]
    assert '=== "unknown" ? "<unknown>"' in bar["encoding"]["y"]["axis"]["labelExpr"]
    assert {row["key"] for row in drawn["datasets"][drawn["data"]["name"]]} == {"Laptops", "unknown"}
    assert [one["select"]["fields"] for one in drawn["params"]] == [["key"]]


def test_an_unusual_day_has_a_ring_in_the_trend() -> None:
    days = pd.DataFrame({"day": pd.date_range("2026-03-01", periods=2), "orders": [5.0, 1.0], "note": [None, None]})
    plain, rung = (
        json.dumps(charts.trend(days.assign(unusual=words), "orders", "Orders", "count", "").to_dict())
        for words in ([None, None], [None, "−80 %"])
    )
    assert "datum.unusual" in rung and "datum.unusual" not in plain
