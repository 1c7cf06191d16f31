"""The reports' settings: the file of the project is valid, and a mistake in one is named."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bi.report_settings import report_settings


def test_the_file_of_the_project_is_valid_and_names_each_rule_once() -> None:
    found = report_settings()
    assert len(found.metrics) == len(found.digest) > 5
    assert "net_sales_unusual" in {rule.name for rule in found.alerts}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("digest: [nets_ales]", "nets_ales is no metric"),
        ("digest: [rating]", "rating is no metric that has days"),
        ("digest: [code_share, attributed_net_sales]", "attributed_net_sales is no metric"),
        ("digest: []\nalerts: [{metric: orders}]", "orders needs a limit"),
        ("digest: []\nalerts: [{metric: orders, below: 1, unusual: true}]", "and not both"),
        ("digest: []\nalerts: [{metric: orders, below: 1, filters: {category: x}}]", "cannot be narrowed by category"),
        ("digest: []\nalerts: [{metric: orders, below: 1}, {metric: orders, below: 2}]", "the same alert twice"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "reports.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        report_settings(file)


def test_a_field_that_is_misspelled_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "reports.yml"
    file.write_text("digest: []\nalerts: [{metric: orders, over: 1}]")
    with pytest.raises(msgspec.ValidationError, match="over"):
        report_settings(file)


def test_a_rule_keeps_its_name_and_knows_its_limits(tmp_path: Path) -> None:
    file = tmp_path / "reports.yml"
    file.write_text("digest: []\nalerts: [{metric: session_conversion, below: 0.01, filters: {channel: Paid search}}]")
    (rule,) = report_settings(file).alerts
    assert rule.name == "session_conversion_below_paid_search"
    assert rule.is_broken_by(0.009) and not rule.is_broken_by(0.01)
