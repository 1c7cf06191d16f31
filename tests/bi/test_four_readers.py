"""Twelve metrics are the same to the cent by four readers: dashboard, MetricFlow, Tableau's extract, Power BI's DAX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from tableauhyperapi import Connection, HyperProcess, Telemetry

from bi.choice import Choice
from bi.marts import contracts
from bi.metrics import load_metrics, query
from bi.periods import Period
from bi.powerbi import tables, write_project
from bi.reading import totals
from bi.tableau_extract import LOG_NOWHERE, write_extract
from bi.tableau_formula import tableau_formula
from tests.support.dashboard_database import reading_from
from tests.support.dax_reader import NotRead, Row, compute
from tests.support.demo_days import DemoDays
from tests.support.mf_query import mf_figures
from tests.support.powerbi_references import table_texts
from tests.support.tableau_in_hyper import in_hyper

METRICS = load_metrics()
EVER = Period(date(2000, 1, 1), date(2100, 1, 1))
ALWAYS = {"first_day": EVER.first_day, "last_day": EVER.last_day}
# sums, counts, different ones, shares, terms over a divisor; each of a mart that Tableau's extract has
TWELVE = ("net_sales", "gross_sales", "orders", "average_order_value", "return_rate", "sessions", "visitors",
          "session_conversion", "view_to_cart", "active_customers", "zero_result_rate",
          "recommendation_click_rate")  # fmt: skip
# of other kinds, by MetricFlow and the dashboard
BESIDE = ("margin_rate", "cart_abandonment", "returning_order_rate", "code_share", "rating", "customer_net_sales")
services = [pytest.mark.services, pytest.mark.timeout(3600)]  # the fixture lives the days before the first test


def with_marks(test: Any) -> Any:
    for mark in services:
        test = mark(test)
    return test


@pytest.fixture(scope="module")
def measures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """DAX by metric, as it stands in the written project."""
    folder = tmp_path_factory.mktemp("powerbi")
    write_project(folder, "warehouse:5432", "comptoir")
    texts = table_texts(folder)
    said = {
        (mart, label): formula
        for mart, text in texts.items()
        for label, formula in re.findall(r"^\tmeasure '([^']+)' = (.+)$", text, re.MULTILINE)
    }
    return {metric.name: said[mart, metric.label] for mart, metrics in tables().items() for metric in metrics}


@pytest.fixture(scope="module")
def rows(demo_days: DemoDays) -> dict[str, Sequence[Row]]:
    """Rows by mart, as Power BI would load them."""
    with psycopg.connect(demo_days.url, row_factory=dict_row) as connection:
        return {mart: _rows(connection, mart) for mart, metrics in tables().items() if metrics}


def _rows(connection: psycopg.Connection[Row], mart: str) -> Sequence[Row]:
    names = sql.SQL(", ").join(sql.Identifier(one.name) for one in contracts()[mart].open_columns)
    return connection.execute(sql.SQL("select {} from {}").format(names, sql.Identifier("marts", mart))).fetchall()


@with_marks
def test_twelve_metrics_by_four_readers(
    demo_days: DemoDays,
    measures: dict[str, str],
    rows: dict[str, Sequence[Row]],
    tmp_path: Path,
) -> None:
    with reading_from(demo_days.url):
        dashboard = totals([METRICS[name] for name in (*TWELVE, *BESIDE)], Choice(EVER, None, None, "EUR"), EVER)
    asked = mf_figures(demo_days.url, (*TWELVE, *BESIDE), tmp_path)
    assert {name: asked[name] for name in BESIDE} == pytest.approx(
        {name: dashboard[name] for name in BESIDE}, rel=1e-12
    )
    write_extract(demo_days.url, tmp_path / "days.hyper")
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=LOG_NOWHERE) as hyper,
        Connection(hyper.endpoint, tmp_path / "days.hyper") as extract,
    ):
        for name in TWELVE:
            field = f'select {in_hyper(tableau_formula(METRICS[name]))} from "marts"."{METRICS[name].mart}"'
            found = {
                "mf": float(asked[name]),
                "Tableau": float(extract.execute_scalar_query(field)),
                "DAX": float(compute(measures[name], rows)),
            }
            assert dashboard[name], f"{name}: the days hold nothing to count"
            assert found == pytest.approx(dict.fromkeys(found, dashboard[name]), rel=1e-12), name


@with_marks
def test_every_measure_of_power_bi_gives_our_figure(
    demo_days: DemoDays, measures: dict[str, str], rows: dict[str, Sequence[Row]]
) -> None:
    assert measures.keys() == METRICS.keys()
    with psycopg.connect(demo_days.url) as connection:
        for name, formula in measures.items():
            [figure] = connection.execute(query([METRICS[name]]), ALWAYS).fetchone() or []
            assert float(compute(formula, rows) or 0) == pytest.approx(float(figure or 0), rel=1e-12), name


SOLD = [
    {"paid": Decimal(3), "units": 2, "is_new": True, "who": "a"},
    {"paid": Decimal(4), "units": None, "is_new": None, "who": None},
    {"paid": None, "units": 5, "is_new": False, "who": "a"},
]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM('t'[paid])", 7),
        ("SUMX('t', 't'[paid] * 't'[units])", 6),
        ("COUNTROWS(FILTER('t', NOT('t'[is_new])))", 2),  # NOT of a blank is true
        ("COUNTROWS(FILTER('t', 't'[is_new] == FALSE()))", 1),
        ("COUNTROWS(FILTER('t', 't'[units] = 0))", 1),  # a blank is zero to `=`
        ("COUNTROWS(FILTER('t', 't'[units] > 2 || ISBLANK('t'[units])))", 2),
        ("CALCULATE(DISTINCTCOUNTNOBLANK('t'[who]), FILTER('t', 't'[units] > 2))", 1),
        ("DIVIDE(SUM('t'[paid]) - COUNTROWS('t'), COUNTROWS(FILTER('t', 't'[who] IN {\"a\", \"b\"})))", 2),
        ("DIVIDE(SUM('t'[paid]), COUNTROWS(FILTER('t', 't'[units] > 9)))", None),
        ("SUMX(FILTER('t', 't'[units] > 9), 't'[paid])", None),
    ],
)
def test_dax_is_read_by_its_own_rules(formula: str, value: float | None) -> None:
    assert compute(formula, {"t": SOLD}) == value


@pytest.mark.parametrize(
    "formula", ["SUM('t'[gone])", "SUM('t'[paid]", "COUNTROWS('gone')", "MEDIAN('t'[paid])", "SUM('t'[paid]) 1", "§"]
)
def test_what_is_no_dax_is_refused(formula: str) -> None:
    with pytest.raises(NotRead):
        compute(formula, {"t": SOLD})
