"""The committed data dictionary is that of the project, and leaves nothing out."""

from __future__ import annotations

import pytest
from msgspec import json

from bi.data_dictionary import PAGE, data_dictionary
from bi.metrics import load_metrics
from tests.support.dbt_in_process import parsed_project


@pytest.fixture(scope="module")
def manifest() -> dict[str, dict[str, dict[str, object]]]:
    return json.decode(parsed_project("shopify").manifest_json)


def test_the_committed_page_is_current(manifest: dict[str, dict[str, dict[str, object]]]) -> None:
    assert PAGE.read_text() == data_dictionary(manifest), "run `comptoir docs dictionary` and commit the page"


def test_every_mart_column_metric_and_exposure_is_in_it(manifest: dict[str, dict[str, dict[str, object]]]) -> None:
    page = PAGE.read_text()
    marts = [node for node in manifest["nodes"].values() if node["schema"] == "marts" and "columns" in node]
    for mart in marts:
        if mart["resource_type"] != "model":
            continue
        _, _, section = page.partition(f"## {mart['name']}\n")
        section = section.partition("\n## ")[0]
        for word in (*mart["columns"], "Owner: ", "Key: ", "Questions it answers: "):
            assert word in section, (mart["name"], word)
    for metric in load_metrics().values():
        assert all(word in page for word in (metric.label, metric.definition, metric.sql, metric.owner)), metric.name
    assert all(str(exposure["label"]) in page for exposure in manifest["exposures"].values())


def test_what_a_mart_promises_is_told_in_words() -> None:
    page = PAGE.read_text()
    assert "- tested every day: orders equal their lines" in page
    assert "- each `session_id` is a `session_id` of `fct_sessions`" in page
    assert "- always `net_sales_amount = gross_sales_amount - discounts_amount" in page
