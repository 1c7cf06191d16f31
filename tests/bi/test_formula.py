"""A metric's SQL, read once and said in other languages."""

from __future__ import annotations

import pytest

from bi.dax import dax
from bi.formula import formula
from bi.metrics import Metric, load_metrics
from bi.tableau_formula import tableau_formula


def metric(sql: str, where: str = "true") -> Metric:
    return Metric("m", "M", "", "t", sql, "count", "up", "bi", day="day", where=where)


def test_a_formula_is_terms_over_a_divisor_each_with_its_condition() -> None:
    found = formula(metric("(sum(a) - sum(b)) / nullif(count(*) filter (where not c), 0)::numeric", where="d > 1"))
    assert [(one.sign, str(one.argument), str(one.condition)) for one in found.terms] == [
        (1, "a", "d > 1"),
        (-1, "b", "d > 1"),
    ]
    assert found.divisor and found.divisor.function == "count"
    assert str(found.divisor.condition) == "d > 1 AND NOT c"


SAID = {
    "sum(a)": ("SUM([a])", "SUM('t'[a])"),
    "count(*)": ("SUM(1)", "COUNTROWS('t')"),
    "count(a)": ("SUM(IF NOT ISNULL([a]) THEN 1 END)", "COUNTROWS(FILTER('t', NOT(ISBLANK('t'[a]))))"),
    "count(distinct a)": ("COUNTD([a])", "DISTINCTCOUNTNOBLANK('t'[a])"),
    "sum(a * b) / nullif(sum(b), 0)": ("SUM([a] * [b]) / SUM([b])", "DIVIDE(SUMX('t', 't'[a] * 't'[b]), SUM('t'[b]))"),
    # a blank is not false, and so does not count
    "count(*) filter (where not a)": ("SUM(IF NOT [a] THEN 1 END)", "COUNTROWS(FILTER('t', 't'[a] == FALSE()))"),
    "count(*) filter (where a not in ('x', 'y'))": (
        'SUM(IF NOT ([a] IN ("x", "y")) THEN 1 END)',
        "COUNTROWS(FILTER('t', NOT('t'[a] IN {\"x\", \"y\"})))",
    ),
}


@pytest.mark.parametrize("sql", SAID)
def test_sql_is_said_in_tableau_and_dax(sql: str) -> None:
    assert (tableau_formula(metric(sql)), dax(metric(sql))) == SAID[sql]


@pytest.mark.parametrize("name", load_metrics())
def test_every_metric_can_be_said(name: str) -> None:
    assert tableau_formula(load_metrics()[name]) and dax(load_metrics()[name])


@pytest.mark.parametrize("sql", ["stddev(a)", "sum(a) * 2", "a"])
def test_what_has_no_translation_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"The metric m has SQL that other languages cannot say"):
        formula(metric(sql))
