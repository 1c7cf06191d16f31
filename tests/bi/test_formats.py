"""Figures and their change, as people read them."""

from __future__ import annotations

from bi.formats import cell, change, figure
from bi.metrics import load_metrics


def test_figures_are_written_for_people() -> None:
    assert figure(12345.6, "money", "EUR") == "€12,346"
    assert figure(-12.3, "money", "CHF") == "−CHF 12.30"
    assert figure(850, "money", "JPY") == "¥850" and figure(12.345, "money", "KWD") == "KWD 12.345"
    assert figure(0.1234, "ratio", "EUR") == "12.3\u2009%"
    assert figure(float("nan"), "count", "EUR") == figure(None, "count", "EUR") == "–"
    metrics = load_metrics()
    assert change(metrics["net_sales"], 150, 100) == "+50.0%"
    assert change(metrics["net_sales"], 50, -100) == "+150.0%", "from a loss to a gain is up"
    assert change(metrics["return_rate"], 0.05, 0.07) == "-2.0 pt"
    assert change(metrics["net_sales"], 50, 0) is None


def test_figures_are_written_as_the_french_do() -> None:
    assert figure(12345.6, "money", "EUR", "fr") == "12\u202f346\u00a0€"
    assert figure(-12.3, "money", "CHF", "fr") == "−12,30\u00a0CHF"
    assert figure(0.1234, "ratio", "EUR", "fr") == "12,3\u2009%"
    net_sales = load_metrics()["net_sales"]
    assert change(net_sales, 150, 100, "fr") == "+50,0\u2009%"
    assert figure(1234, "count", "", "fr") == "1\u202f234" and figure(4.306, "score", "", "fr") == "4,31"
    assert figure(None, "money", "EUR", "fr") == "–"


def test_a_column_of_amounts_has_thousands_apart_and_the_same_decimals_in_every_row() -> None:
    assert [cell(value, "money", "EUR") for value in (1234567.8, 12, -1234.5)] == ["1,234,567.80", "12.00", "−1,234.50"]
    assert cell(1234567.8, "money", "EUR", "fr") == "1\u202f234\u202f567,80"
    assert cell(1234.4, "money", "JPY") == "1,234" and cell(1234.5, "money", "KWD") == "1,234.500"
    assert cell(1234, "count", "", "fr") == "1\u202f234" and cell(None, "money", "EUR") == "–"
