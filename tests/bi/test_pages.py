"""What the pages compute of the metrics they show."""

from __future__ import annotations

import re

import msgspec
import pandas as pd

from bi.marts import FOLDER, contracts
from bi.metrics import load_metrics
from bi.views import behaviour, customers, operations, products, recommendations, sales, search
from bi.views.behaviour import funnel_steps
from bi.views.sales import bridge_steps
from comptoir.repository import REPOSITORY


def test_the_bridge_ends_at_net_sales() -> None:
    steps = bridge_steps({"gross_sales": 100, "discounts": 10, "returns": 20, "cancellations": None, "net_sales": 70})
    assert steps["amount"].tolist() == [100, -10, -20, 0, 70]
    assert steps["to"].tolist() == [100, 90, 70, 70, 70]


def test_the_funnel_shows_shares_of_all_and_of_the_step_before() -> None:
    steps = funnel_steps(pd.Series([10, 5, 0, 0, 0]))
    assert steps["of_all"].tolist() == [1, 0.5, 0, 0, 0]
    assert steps["of_last"].tolist() == [1, 0.5, 0, 0, 0]


def test_operations_explain_what_a_first_build_leaves_empty_and_what_an_imported_history_shows() -> None:
    first = {"model_runs": None, "failed_model_rate": None, "model_seconds": None, "late_interaction_rate": 1.0}
    assert operations.explanations(first) == [operations.NO_RUNS, operations.IMPORTED]
    later = {"model_runs": 90.0, "failed_model_rate": 0.0, "model_seconds": 400.0, "late_interaction_rate": 0.03}
    assert operations.explanations(later) == []


def test_the_exposure_names_what_the_pages_read() -> None:
    """Every mart in a statement of the dashboard, and those of the metrics that it shows."""
    exposures = msgspec.yaml.decode((FOLDER / "exposures.yml").read_bytes())["exposures"]
    exposed = next(one["depends_on"] for one in exposures if one["name"] == "dashboard")
    text = "\n".join(file.read_text() for file in (REPOSITORY / "bi").rglob("*.py"))
    read = set(re.findall(r"marts\.((?:fct|dim|mart)_\w+)", text)) | set(re.findall(r'choose\("(\w+)"', text))
    pages = (sales, behaviour, products, customers, search, recommendations, operations)
    shown = {name for page in pages for name in (*page.TILES, *getattr(page, "TREND", ()))}
    read |= {load_metrics()[name].mart for name in shown}
    assert {re.sub(r"ref\('(\w+)'\)", r"\1", one) for one in exposed} == read & contracts().keys()
