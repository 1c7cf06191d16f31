"""Tables as CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv

import pandas as pd

# a cell that begins so is a formula to a spreadsheet, whoever wrote the product's name
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(frame: pd.DataFrame) -> str:
    """The table as CSV; a text that would be a formula gets an apostrophe in front, numbers stay numbers.

    Every text is quoted: a carriage return in one would else begin a row of its own.
    """
    safe = frame.rename(columns=_as_text).map(_as_text)
    return safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)


def _as_text(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
