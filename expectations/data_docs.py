"""Data Docs: Great Expectations' pages for people, one a table: each rule, its reason, the rows that broke it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import great_expectations.expectations as gxe
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.registry import register_renderer
from great_expectations.render import LegacyDiagnosticRendererType, RenderedTableContent
from great_expectations.render.renderer.renderer import renderer

from expectations.columns import ExpectColumns
from expectations.results import SHOWN_ROWS
from expectations.sql_rules import ExpectNoRows

if TYPE_CHECKING:
    from pathlib import Path

    from great_expectations.data_context import EphemeralDataContext

SITE = "gate"
SHOW_ROWS: list[type[Expectation]] = [
    ExpectColumns,
    ExpectNoRows,
    gxe.ExpectColumnValuesToBeBetween,
    gxe.ExpectColumnValuesToBeInSet,
    gxe.ExpectColumnValuesToBeUnique,
    gxe.ExpectColumnValuesToMatchRegex,
    gxe.ExpectColumnValuesToNotBeNull,
    gxe.ExpectCompoundColumnsToBeUnique,
]


def add_site(context: EphemeralDataContext, folder: Path) -> None:
    """Give the context a site of Data Docs in `folder`."""
    context.add_data_docs_site(SITE, {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    })  # fmt: skip


@renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
def _failed_rows(
    configuration: object = None, result: ExpectationValidationResult | None = None, **_: object
) -> list[RenderedTableContent] | None:
    """The first rows that broke a rule, by their keys: Great Expectations itself would list bare values."""
    if result is None or result.success:
        return None
    rows = failed_rows(result)[:SHOWN_ROWS]
    if not rows:
        return None
    header = list(rows[0])
    cells = [[str(row.get(column)) for column in header] for row in rows]
    styling = {"body": {"classes": ["table-bordered", "table-sm", "mt-3"]}}
    return [RenderedTableContent(content_block_type="table", table=cells, header_row=header, styling=styling)]


def failed_rows(result: ExpectationValidationResult) -> list[dict[str, Any]]:
    """The sampled rows of a result: keys and the values that broke the rule."""
    found = result.result
    return found.get("partial_unexpected_index_list") or found.get("details", {}).get("unexpected_rows") or []


# Great Expectations warns of each renderer that is replaced
logging.getLogger(register_renderer.__module__).setLevel(logging.ERROR)
for _rule in SHOW_ROWS:
    # a renderer of this kind returns a list, as Great Expectations' own does, whatever the annotation says
    register_renderer(_rule.expectation_type, parent_class=_rule, renderer_fn=_failed_rows)  # type: ignore[arg-type]
