"""Prometheus' rules and Grafana's dashboard ask for metrics that exist, and name headings of the runbook that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
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


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_prometheus_understands_every_expression(expression: str) -> None:
    """`$name` is Grafana's, and is replaced before Prometheus reads it."""
    promql_parser.parse(re.sub(r"\$\w+", "5m", expression))


def test_grafana_understands_every_key_of_the_dashboard() -> None:
    """Its own model takes what it knows and leaves out what it does not: nothing may be missing afterwards."""
    register_default_plugins()
    known = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))
    assert list(differences(DASHBOARD, known)) == []
    misspelled = DASHBOARD | {"panels": [DASHBOARD["panels"][0] | {"titel": "x"}]}
    known = json.loads(JSONEncoder().encode(Dashboard.from_json(misspelled)))
    assert list(differences(misspelled, known)) == ["/panels/0/titel"]


def differences(written: Any, known: Any, place: str = "") -> Iterator[str]:
    """Places of what is written and not known, or known as something else."""
    if isinstance(written, dict) and isinstance(known, dict):
        for key, value in written.items():
            yield from differences(value, known.get(key), f"{place}/{key}")
    elif isinstance(written, list) and isinstance(known, list) and len(written) == len(known):
        for number, (one, other) in enumerate(zip(written, known, strict=True)):
            yield from differences(one, other, f"{place}/{number}")
    elif written != known:
        yield place


def test_the_rules_are_those_of_prometheus() -> None:
    for rule in RULES:
        assert rule.keys() <= {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}, rule
        assert re.fullmatch(r"(\d+(ms|[smhdwy]))+", rule.get("for", "0s")), rule


def test_the_rules_lead_to_the_runbook() -> None:
    for rule in RULES:
        page, _, heading = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/runbook.md" and heading in ("", *KINDS)


def test_the_dashboard_has_no_two_panels_in_one_place() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in DASHBOARD["panels"]})
