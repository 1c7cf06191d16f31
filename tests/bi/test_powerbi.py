"""The Power BI project: what it names is there, with seeded mistakes that are found; the same for the same metrics."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from bi.marts import contracts
from bi.metrics import load_metrics
from bi.powerbi import relations, tables, write_project
from bi.sheets import PAGES, SHEETS
from tests.support.powerbi_references import broken_references, named, table_texts

# a mistake: a file, what stands in it and what then stands in its place; and what is found
MODEL = "comptoir.SemanticModel/definition"
TABLE = f"{MODEL}/tables/mart_daily_sales.tmdl"
VISUAL = "comptoir.Report/definition/pages/sales/visuals/net_sales_by_country/visual.json"
MISTAKES = {
    "a report that is gone": ("comptoir.pbip", "comptoir.Report", "gone.Report", "a report that is not there"),
    "a model that is gone": (
        "comptoir.Report/definition.pbir",
        "comptoir.Sem",
        "gone.Sem",
        "a model that is not there",
    ),
    "a table without a file": (f"{MODEL}/model.tmdl", "ref table fct_orders", "ref table gone", "lists a table"),
    "a relation of a column that is gone": (
        f"{MODEL}/relationships.tmdl",
        "mart_daily_sales.sales_date",
        "mart_daily_sales.gone",
        "joins mart_daily_sales.gone",
    ),
    "a parameter that is gone": (f"{MODEL}/expressions.tmdl", "expression Server", "expression Host", "no parameters"),
    "a measure of a column that is gone": (TABLE, "[orders_count])", "[gone])", "reads mart_daily_sales[gone]"),
    "a measure of a table that is gone": (
        TABLE,
        "SUM('mart_daily_sales'[orders_count])",
        "COUNTROWS('gone')",
        "counts gone",
    ),
    "a measure that is not closed": (TABLE, "[orders_count])", "[orders_count]", "does not close"),
    "a table of a mart that is gone": (TABLE, 'Item = "mart_daily_sales"', 'Item = "gone"', "read from marts.gone"),
    "a column that the mart lacks": (
        TABLE,
        "sourceColumn: orders_count",
        "sourceColumn: gone",
        "mart_daily_sales.gone",
    ),
    "a page that is gone": ("comptoir.Report/definition/pages/pages.json", '"search"', '"gone"', "page or its file"),
    "a chart of a measure that is gone": (VISUAL, '"Property": "Net sales"', '"Property": "Gone"', "no measure"),
    "a chart of a column that is gone": (VISUAL, '"Property": "country_code"', '"Property": "gone"', "no column"),
    "a chart of a table that is gone": (VISUAL, '"Entity": "mart_sales_breakdown"', '"Entity": "gone"', "shows gone["),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("powerbi")
    write_project(folder, "warehouse:5432", "comptoir")
    return folder


@pytest.fixture(scope="module")
def tmdl(project: Path) -> dict[str, str]:
    return table_texts(project)


def test_every_name_in_the_project_is_there(project: Path) -> None:
    assert broken_references(project) == []


@pytest.mark.parametrize(("file", "said", "mistaken", "found"), MISTAKES.values(), ids=MISTAKES)
def test_a_seeded_mistake_is_found(
    project: Path, tmp_path: Path, file: str, said: str, mistaken: str, found: str
) -> None:
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / file).read_text()
    assert said in text
    (tmp_path / file).write_text(text.replace(said, mistaken))
    assert any(found in sentence for sentence in broken_references(tmp_path))


def test_every_metric_is_a_measure_of_its_mart_over_columns_that_are_there(tmdl: dict[str, str]) -> None:
    labels = {mart: {one.label for one in load_metrics().values() if one.mart == mart} for mart in tmdl}
    assert {mart: named(text, "measure") for mart, text in tmdl.items()} == labels
    assert set().union(*labels.values()) == {metric.label for metric in load_metrics().values()}
    for text in tmdl.values():
        for formula in re.findall(r"^\tmeasure '[^']+' = (.+)$", text, re.MULTILINE):
            assert re.search(r"'(\w+)'\[(\w+)\]", formula) or formula.startswith("COUNTROWS")


def test_columns_are_those_of_the_contract_that_are_open_with_a_type(tmdl: dict[str, str]) -> None:
    for mart, text in tmdl.items():
        promised = {one.name for one in contracts()[mart].open_columns if one.data_type != "jsonb"}
        assert named(text, "column") == promised
        types = re.findall(r"^\tcolumn (\w+)\n\t\tdataType: (\w+)", text, re.MULTILINE)
        assert len(types) == len(promised)
        for name, kind in types:
            data_type = contracts()[mart].columns[name].data_type
            assert (kind == "decimal") == data_type.startswith("numeric"), (mart, name)  # never a float


def test_tables_are_joined_to_days_and_products_by_their_keys(project: Path) -> None:
    text = next(project.glob("*.SemanticModel/definition/relationships.tmdl")).read_text()
    assert text.count("relationship ") == len(relations()) > 15
    for one in relations():
        assert contracts()[one.other].key == (one.other_column,)
        assert one.column in contracts()[one.table].columns
        assert f"\tfromColumn: {one.table}.{one.column}\n\ttoColumn: {one.other}.{one.other_column}\n" in text


def test_every_sheet_is_a_visual_of_its_page(project: Path) -> None:
    report = project / "comptoir.Report"
    assert len(json.loads((report / "definition/pages/pages.json").read_text())["pageOrder"]) == len(PAGES)
    assert len(list(report.rglob("visual.json"))) == len(SHEETS)


def test_the_same_metrics_give_the_same_project_and_no_password(project: Path, tmp_path: Path) -> None:
    write_project(tmp_path, "warehouse:5432", "comptoir")
    written = {file.relative_to(project): file.read_text() for file in project.rglob("*") if file.is_file()}
    assert written == {file.relative_to(tmp_path): file.read_text() for file in tmp_path.rglob("*") if file.is_file()}
    assert not any("password" in text.lower() for text in written.values())
    assert {path.stem for path in written if path.parent.name == "tables"} == set(tables())
