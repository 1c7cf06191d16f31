"""The marts as data sources of Tableau, from dbt's contracts: what the files say needs no database."""

from __future__ import annotations

import re

from bi.marts import MartColumn, contracts
from bi.metrics import load_metrics
from bi.tableau_datasource import Column, Mart, Server
from bi.tableau_marts import MARTS

SERVER = Server("warehouse", "5432", "comptoir", "reporter")
LONG_NAMES = {"timestamptz": "timestamp with time zone"}


def contract_marts() -> list[Mart]:
    """Return the workbook's marts with the columns that the reporter may read."""
    return [
        Mart(
            name,
            caption,
            tuple(map(_column, contracts()[name].open_columns)),
            tuple(metric for metric in load_metrics().values() if metric.mart == name),
        )
        for name, caption in MARTS.items()
    ]


def _column(column: MartColumn) -> Column:
    kind = re.sub(r"\(.*\)", "", column.data_type)
    return Column(column.name, LONG_NAMES.get(kind, kind), column.description)
