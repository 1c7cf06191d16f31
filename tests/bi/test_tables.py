"""Tables as they are read: figures in the reader's language, and still numbers."""

from __future__ import annotations

import pandas as pd

from bi.tables import written

COLUMNS = {"name": ("Name", None), "net_sales": ("Net sales", "money"), "rate": ("Conversion", "ratio")}


def test_a_value_that_is_ours_is_read_in_the_language_and_stays_what_a_filter_calls_it() -> None:
    frame = pd.DataFrame({"key": ["unknown"], "name": ["unknown"], "net_sales": [1.0], "rate": [0.1]})
    shown = written(frame, COLUMNS, "EUR", "fr")
    assert shown.data["name"].tolist() == ["unknown"] and "inconnu" in shown.to_string()


def test_numbers_are_written_in_the_language_and_stay_numbers() -> None:
    frame = pd.DataFrame(
        {"key": ["1", "2"], "name": ["Slim 14", None], "net_sales": [12345.6, -9.0], "rate": [0.1, None]}
    )
    for language, amounts in (("en", ["12,345.60", "−9.00"]), ("fr", ["12\u202f345,60", "−9,00"])):
        shown = written(frame, COLUMNS, "EUR", language)
        assert shown.data["net_sales"].tolist() == [12345.6, -9.0]
        rows = [line.split(";") for line in shown.hide().to_string(delimiter=";").splitlines()[1:]]
        assert [row[1] for row in rows] == amounts
        assert rows[1][0] == rows[1][2] == "–"
