"""Prometheus' rules and Grafana's dashboard ask for metrics that exist, and name headings of the runbook that exist."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import alerting.metrics  # noqa: F401  # registers the metrics of the watcher
from alerting.condition import KINDS
from comptoir.repository import REPOSITORY

FOLDER = REPOSITORY / "docs" / "metrics"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text())
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alert_rules.yml").read_text())["groups"][0]["rules"]
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
EXPRESSIONS += [rule["expr"] for rule in RULES]


def known() -> set[str]:
    """Names of the watcher's metrics, and of the collector's as its file declares them."""
    own = {name for metric in REGISTRY.collect() for name in (metric.name, f"{metric.name}_total")}
    declared = re.findall(r'_(counter|gauge)\(\s*"(\w+)"', (REPOSITORY / "collector" / "metrics.py").read_text())
    counters = {f"collector_{name}{'_total' if kind == 'counter' else ''}" for kind, name in declared}
    return own | counters | {"collector_ack_seconds_bucket"}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_metric_that_is_asked_for_exists(expression: str) -> None:
    asked = set(re.findall(r"\b(?:comptoir|collector)_\w+", expression))
    assert asked and asked <= known()


def test_the_rules_lead_to_the_runbook() -> None:
    for rule in RULES:
        page, _, heading = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/runbook.md" and heading in ("", *KINDS)


def test_the_dashboard_has_no_two_panels_in_one_place() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in DASHBOARD["panels"]})
