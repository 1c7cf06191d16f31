"""dbt's semantic models are those of the metrics, and MetricFlow makes the same figures of them as we do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from bi.metrics import load_metrics, query
from bi.semantic_models import FILE, semantic_models
from comptoir.database import dbt_env_of
from tests.support.dbt_in_process import DBT_PROJECT, NO_DATABASE, parsed_project
from tests.support.demo_days import DemoDays

ALWAYS = {"first_day": date(2000, 1, 1), "last_day": date(2100, 1, 1)}
# of every kind: sums, counts, different ones, shares, terms over a divisor, and one of now
ASKED = ("net_sales", "orders", "average_order_value", "margin_rate", "sessions", "visitors", "session_conversion",
         "cart_abandonment", "view_to_cart", "active_customers", "returning_order_rate", "zero_result_rate",
         "code_share", "recommendation_click_rate", "rating", "customer_net_sales")  # fmt: skip


def test_the_committed_file_is_current() -> None:
    assert FILE.read_text() == semantic_models(), "run `comptoir docs metrics` and commit the file"


def test_dbt_knows_every_metric_with_what_people_ask_about_it() -> None:
    known = json.loads(parsed_project("shopify").manifest_json)["metrics"]
    for metric in load_metrics().values():
        found = known[f"metric.comptoir.{metric.name}"]
        assert (found["label"], found["description"]) == (metric.label, metric.definition)
        meta = found["config"]["meta"]
        assert meta["grain"].startswith("one row per ")
        asked = (meta["owner"], meta["good"], meta.get("shopify"), meta.get("ga4"))
        assert asked == (metric.owner, metric.better, metric.shopify, metric.ga4)


@pytest.mark.services
@pytest.mark.timeout(3600)  # the fixture lives the days before the first test
def test_metricflow_and_our_compiler_give_the_same_figures(demo_days: DemoDays, tmp_path: Path) -> None:
    url = demo_days.url
    (tmp_path / "target").mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(DBT_PROJECT / name, tmp_path)
    own, parsed = (one.rpartition("/")[2] for one in (url, NO_DATABASE))
    models = parsed_project("shopify").semantic_manifest_json.decode()
    (tmp_path / "target/semantic_manifest.json").write_text(models.replace(f'\\"{parsed}\\".', f'\\"{own}\\".'))
    mf = [str(Path(sys.executable).parent / "mf"), "query", "--metrics", ",".join(ASKED), "--csv", "figures.csv"]
    environment = os.environ | dbt_env_of(url) | {"DBT_PROFILES_DIR": str(tmp_path), "DBT_PROJECT_DIR": str(tmp_path)}
    asked = subprocess.run(mf, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    figures = pd.read_csv(tmp_path / "figures.csv").iloc[0]
    with psycopg.connect(url) as connection:
        for name in ASKED:
            [own_figure] = connection.execute(query([load_metrics()[name]]), ALWAYS).fetchone() or []
            assert float(figures[name]) == pytest.approx(float(own_figure), rel=1e-12), name
