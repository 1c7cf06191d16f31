"""Conditions: kinds, causes, and the way through JSON; the runbook knows every kind."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest

from alerting.condition import BI, DATA_ENGINEERING, KINDS, STOREFRONT, Condition, Severity, condition_of
from comptoir.repository import REPOSITORY


def test_a_condition_is_covered_by_its_cause_and_never_by_itself() -> None:
    condition = Condition("stream/down", "t", "c", caused_by=("kafka/*", "stream/*"))
    assert condition.is_covered_by(["kafka/away", "run/daily"])
    assert not condition.is_covered_by(["stream/down", "run/daily"])


def test_a_condition_survives_json() -> None:
    condition = Condition(
        "gate/raw",
        "t",
        "c",
        Severity.WARNING,
        ("team:bi",),
        ({"order_id": 7, "day": date(2026, 1, 31).isoformat()},),
        "http://x",
        ("kafka/*",),
        timedelta(minutes=2),
    )
    assert condition_of(json.loads(json.dumps(condition.as_json()))) == condition


def test_a_kind_that_the_runbook_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="weather/rain"):
        Condition("weather/rain", "t", "c")


def test_the_runbook_says_what_to_do_for_each_kind() -> None:
    headings = re.findall(r"^### (\w+)$", (REPOSITORY / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert set(headings) == set(KINDS)


def test_the_runbook_names_each_alert_under_its_kind() -> None:
    """Keys as the code writes them: `stream/down`, or what stands after a name, as `certificate/{place}/unreadable`."""
    page = (REPOSITORY / "docs" / "runbook.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL))
    places = [*(REPOSITORY / "alerting").rglob("*.py"), *(REPOSITORY / "orchestration" / "conditions").glob("*.py")]
    code = "\n".join(file.read_text() for file in [*places, REPOSITORY / "orchestration" / "defs" / "alerts.py"])
    keys = set(re.findall(rf'"((?:{"|".join(KINDS)})(?:/\{{\w+\}})?/[a-z-]+)"', code))
    assert {"stream/down", "kafka/topic", "certificate/{place}/unreadable", "watch/process"} <= keys
    unnamed = [key for key in sorted(keys) if key.split("/")[-1] not in sections[key.split("/")[0]]]
    assert unnamed == []


def test_owners_are_written_as_those_of_the_assets() -> None:
    specs = (REPOSITORY / "orchestration" / "specs.py").read_text()
    assert all(f'"{owner}"' in specs for owner in (DATA_ENGINEERING, STOREFRONT, BI))
