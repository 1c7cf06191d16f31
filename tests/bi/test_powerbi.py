"""The Power BI project: what it names is there, and it is the same for the same metrics."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bi.marts import contracts
from bi.metrics import load_metrics
from bi.powerbi import relations, tables, write_project
from bi.sheets import PAGES, SHEETS


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("powerbi")
    write_project(folder, "warehouse:5432", "comptoir")
    return folder


@pytest.fixture(scope="module")
def tmdl(project: Path) -> dict[str, str]:
    return {file.stem: file.read_text() for file in project.glob("*.SemanticModel/definition/tables/*.tmdl")}


def named(text: str, kind: str) -> set[str]:
    """Names of the table's columns or measures, as TMDL writes them."""
    return {quoted or bare for quoted, bare in re.findall(rf"^\t{kind} (?:'([^']+)'|(\w+))", text, re.MULTILINE)}


def test_every_metric_is_a_measure_of_its_mart_over_columns_that_are_there(tmdl: dict[str, str]) -> None:
    labels = {mart: {one.label for one in load_metrics().values() if one.mart == mart} for mart in tmdl}
    assert {mart: named(text, "measure") for mart, text in tmdl.items()} == labels
    assert set().union(*labels.values()) == {metric.label for metric in load_metrics().values()}
    for text in tmdl.values():
        for formula in re.findall(r"^\tmeasure '[^']+' = (.+)$", text, re.MULTILINE):
            used = re.findall(r"'(\w+)'\[(\w+)\]", formula)
            assert used or formula.startswith("COUNTROWS")
            assert all(column in named(tmdl[table], "column") for table, column in used), formula
            assert formula.count("(") == formula.count(")")


def test_columns_are_those_of_the_contract_with_a_type(tmdl: dict[str, str]) -> None:
    for mart, text in tmdl.items():
        promised = {one.name for one in contracts()[mart].columns.values() if one.data_type != "jsonb"}
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


def test_every_visual_shows_a_measure_over_a_column_of_the_model(project: Path, tmdl: dict[str, str]) -> None:
    report = project / "comptoir.Report"
    pages = json.loads((report / "definition/pages/pages.json").read_text())["pageOrder"]
    assert len(pages) == len(PAGES) and all(
        (report / "definition/pages" / page / "page.json").exists() for page in pages
    )
    visuals = [json.loads(file.read_text()) for file in report.rglob("visual.json")]
    assert len(visuals) == len(SHEETS)
    for visual in visuals:
        state = visual["visual"]["query"]["queryState"]
        [over], [shown] = state["Category"]["projections"], state["Y"]["projections"]
        column, measure = over["field"]["Column"], shown["field"]["Measure"]
        assert column["Property"] in named(tmdl[column["Expression"]["SourceRef"]["Entity"]], "column")
        assert measure["Property"] in named(tmdl[measure["Expression"]["SourceRef"]["Entity"]], "measure")
    model = json.loads((report / "definition.pbir").read_text())["datasetReference"]["byPath"]["path"]
    assert (report / model / "definition.pbism").exists()


def test_the_same_metrics_give_the_same_project_and_no_password(project: Path, tmp_path: Path) -> None:
    write_project(tmp_path, "warehouse:5432", "comptoir")
    written = {file.relative_to(project): file.read_text() for file in project.rglob("*") if file.is_file()}
    assert written == {file.relative_to(tmp_path): file.read_text() for file in tmp_path.rglob("*") if file.is_file()}
    assert not any("password" in text.lower() for text in written.values())
    assert {path.stem for path in written if path.parent.name == "tables"} == set(tables())
