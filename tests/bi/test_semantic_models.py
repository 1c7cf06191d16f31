"""dbt's semantic models are those of the metrics; that MetricFlow makes our figures of them: test_four_readers.py."""

from __future__ import annotations

import json

from bi.metrics import load_metrics
from bi.semantic_models import FILE, semantic_models
from tests.support.dbt_in_process import parsed_project


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
