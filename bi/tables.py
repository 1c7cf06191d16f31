"""Tables of the dashboard's pages, with their export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from streamlit.delta_generator import DeltaGenerator

from bi.csv_export import csv_of
from bi.formats import cell, sign_of
from bi.listing import Listing
from bi.metrics import Unit
from bi.state import language, t
from bi.texts import Language, read_as
from comptoir.settings import get_settings

Columns = Mapping[str, tuple[str, str | None]]  # label and unit by column


def table(
    title: str,
    rows: pd.DataFrame | Listing,
    columns: Columns,
    file: str,
    place: DeltaGenerator | None = None,
    on_row: Callable[[int], None] | None = None,
    currency: str | None = None,
) -> None:
    """Draw a table with its export, which has all rows of a listing and not its shown ones alone.

    `columns` are labels (in English) and units; `on_row` gets the place of a clicked row. Amounts are in `currency`,
    the shop's own when it is missing.
    """
    money = currency or get_settings().shop_currency
    frame = rows.shown() if isinstance(rows, Listing) else rows
    with (place or st).container(border=True, height="stretch", key=f"card_{title}"):
        st.subheader(t(title))
        if frame.empty:
            nothing()
            return
        config = {name: _column(name, frame[name], label, unit, money) for name, (label, unit) in columns.items()}
        key = f"table_{file}"
        chosen: dict[str, Any] = {}
        if on_row:
            chosen = {"selection_mode": "single-row", "on_select": lambda: _row_clicked(key, on_row)}
        st.dataframe(
            written(frame, columns, money, language()), hide_index=True, column_config=config, key=key, **chosen
        )
        download(rows.whole if isinstance(rows, Listing) else lambda: frame, file)


def _column(name: str, values: pd.Series, label: str, unit: str | None, currency: str) -> Any:
    """Return the column's head, and how a time is written; numbers are left to `written`."""
    if unit:
        return st.column_config.NumberColumn(f"{t(label)} ({sign_of(currency)})" if unit == "money" else t(label))
    if name == "day":  # which `daily` reads as a time, for the charts
        return st.column_config.DateColumn(t(label), format="YYYY-MM-DD")
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        zone = get_settings().shop_timezone
        return st.column_config.DatetimeColumn(t(label), format="YYYY-MM-DD HH:mm", timezone=zone)
    return st.column_config.Column(t(label))


def written(frame: pd.DataFrame, columns: Columns, currency: str, language: Language) -> Styler:
    """Return the columns with their numbers written in the language; they stay numbers, to be sorted.

    Streamlit's own formats follow the browser's language, or none. Values stay what filters and files call them.
    """
    formats: dict[str, Callable[[Any], str]] = {
        name: partial(cell, unit=cast(Unit, unit), currency=currency, language=language)
        for name, (_, unit) in columns.items()
        if unit
    }
    names = [name for name, (_, unit) in columns.items() if not unit and frame[name].dtype == object]
    formats |= dict.fromkeys(names, partial(read_as, language=language))
    return frame[list(columns)].style.format(formats, na_rep="–")


def _row_clicked(key: str, on_row: Callable[[int], None]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        on_row(rows[0])


def download(whole: Callable[[], pd.DataFrame], file: str) -> None:
    """Draw the buttons that download the table as CSV and as Parquet; it is read and written when it is asked for."""
    with st.container(horizontal=True):
        for kind, mime, made in (
            ("CSV", "text/csv", lambda: csv_of(whole()).encode()),
            ("Parquet", "application/vnd.apache.parquet", lambda: whole().to_parquet(index=False)),
        ):
            st.download_button(
                kind,
                made,
                f"{file}.{kind.lower()}",
                mime,
                key=f"{kind}_{file}",
                type="tertiary",
                icon=":material/download:",
                on_click="ignore",
                help=f"{t('Download as')} {kind}",
            )


def nothing() -> None:
    """Say that there is nothing to show for what was chosen."""
    st.info(t("Nothing in these days with these filters."))
