"""Tables of the dashboard's pages, with their export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bi.state import t

NUMBER_FORMATS = {"money": "%.2f", "count": "localized", "ratio": "percent", "score": "%.2f"}


def table(
    title: str,
    frame: pd.DataFrame,
    columns: Mapping[str, tuple[str, str | None]],
    file: str,
    place: DeltaGenerator | None = None,
    on_row: Callable[[int], None] | None = None,
) -> None:
    """Draw a table with its export.

    `columns` are labels (in English) and units; `on_row` gets the place of a clicked row.
    """
    with (place or st).container(border=True, height="stretch", key=f"card_{title}"):
        st.subheader(t(title))
        if frame.empty:
            nothing()
            return
        config = {
            name: st.column_config.NumberColumn(t(label), format=NUMBER_FORMATS[unit])
            if unit
            else st.column_config.DateColumn(t(label), format="YYYY-MM-DD")
            if name == "day"  # which `daily` reads as a time, for the charts
            else st.column_config.Column(t(label))
            for name, (label, unit) in columns.items()
        }
        key = f"table_{file}"
        chosen: dict[str, Any] = {}
        if on_row:
            chosen = {"selection_mode": "single-row", "on_select": lambda: _row_clicked(key, on_row)}
        st.dataframe(frame, hide_index=True, column_order=list(columns), column_config=config, key=key, **chosen)
        download(frame, file)


def _row_clicked(key: str, on_row: Callable[[int], None]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        on_row(rows[0])


def download(frame: pd.DataFrame, file: str) -> None:
    """Draw the buttons that download the table as CSV and as Parquet; a file is made when it is asked for."""
    with st.container(horizontal=True):
        for kind, mime, made in (
            ("CSV", "text/csv", lambda: frame.to_csv(index=False).encode()),
            ("Parquet", "application/vnd.apache.parquet", lambda: frame.to_parquet(index=False)),
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
