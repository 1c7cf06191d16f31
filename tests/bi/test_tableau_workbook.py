"""The workbook: its filters and actions, valid by Tableau's own schema, and no name in it stands for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree
from tableaudocumentapi import Datasource, Workbook

from bi.filters import FILTERS
from bi.sheets import FILTERED, PAGES, SHEETS
from bi.tableau import TableauFiles, write_files
from bi.tableau_filters import filters_of
from bi.tableau_marts import MARTS
from bi.tableau_package import PLACE, write_package
from tests.support.contract_marts import SERVER, contract_marts
from tests.support.tableau_references import broken_references, mutated
from tests.support.vendor_schemas import VendorSchemas

VENDOR_SCHEMAS = (VendorSchemas().vendor_schemas or Path("none")) / "tableau"

SALES, VIEWS = "federated.mart_daily_sales", "shared-views/shared-view[@name='federated.mart_funnel_daily']"
SHEET, BOARD = "worksheets/worksheet[@name='Funnel by channel']/table/", "dashboards/dashboard[@name='Products']"
ACTION = "actions/action[@caption='Products: View to cart by category']/"
# a mistake: which element, its attribute (None: its text) and what it then says; and what is found
MISTAKES = {
    "a relation without its connection": (
        "datasources/datasource//relation",
        "connection",
        "postgres.old",
        "connection that it lacks",
    ),
    "a field of a column that is gone": ("datasources/datasource//local-name", None, "[gone]", "which no column is"),
    "a formula of a column that is gone": (
        "datasources/datasource//calculation",
        "formula",
        "SUM([gone])",
        "which no column is",
    ),
    "a hierarchy of a column that is gone": (
        "datasources/datasource/drill-paths/drill-path/field",
        None,
        "[gone]",
        "a hierarchy or folder has [gone]",
    ),
    "a folder of a field that is gone": (
        "datasources/datasource/folders-common/folder/folder-item",
        "name",
        "[gone]",
        "a hierarchy or folder has [gone]",
    ),
    "a filter of a source that is gone": (
        f"{VIEWS}/datasource-dependencies",
        "datasource",
        "federated.gone",
        "no data source",
    ),
    "a filter on a column that the source lacks": (
        f"{VIEWS}//column[@name='[channel]']",
        "name",
        "[gone]",
        "has no field [gone]",
    ),
    "a filter on a column that is not among its own": (
        f"{VIEWS}//filter",
        "column",
        f"[{SALES}].[none:sales_date:qk]",
        "a filter on",
    ),
    "a filter with the values of another column": (
        f"{VIEWS}//groupfilter",
        "level",
        "[none:gone:nk]",
        "takes its values",
    ),
    "a shelf of a field that is gone": (
        f"{SHEET}rows",
        None,
        "[federated.mart_funnel_daily].[none:gone:nk]",
        "rows has",
    ),
    "a sheet with a field that the source lacks": (
        f"{SHEET}/column[@name='[channel]']",
        "name",
        "[gone]",
        "has no field",
    ),
    "a sheet that its source's filter passes by": (
        f"{SHEET}view/slices/column",
        None,
        "[x].[none:gone:nk]",
        "not of both",
    ),
    "a dashboard of a sheet that is gone": (
        f"{BOARD}//zone[@name='View to cart by category']",
        "name",
        "Gone",
        "no sheet Gone",
    ),
    "a card of a filter that is gone": (
        f"{BOARD}//zone[@type-v2='filter']",
        "param",
        "[x].[none:gone:nk]",
        "is no filter",
    ),
    "two zones of one number": (f"{BOARD}//zone[@name='Product views by day']", "id", "1", "the same number"),
    "an action from a sheet that is gone": (f"{ACTION}source", "worksheet", "Gone", "has no sheet Gone"),
    "an action from another dashboard": (f"{ACTION}source", "dashboard", "Search", "dashboard Search has no sheet"),
    "an action to a sheet that is gone": (
        f"{ACTION}command/param[@name='target']",
        "value",
        "Gone",
        "there is no Gone",
    ),
    "an action on its own sheet alone": (
        f"{ACTION}command/param[@name='target']",
        "value",
        "View to cart by category",
        "filters nothing",
    ),
    "an action that leaves out a stranger": (
        f"{ACTION}command/param[@name='exclude']",
        "value",
        "Searches by day",
        "which Products has not",
    ),
    "a window of a sheet that is gone": ("windows/window[@class='worksheet']", "name", "Gone", "window is missing"),
    "a viewpoint of a sheet that is gone": ("windows//viewpoint", "name", "Gone", "a sheet that is not there"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TableauFiles:
    return write_files(contract_marts(), SERVER, tmp_path_factory.mktemp("tableau"))


@pytest.fixture(scope="module")
def root(files: TableauFiles) -> Any:
    return etree.parse(str(files.workbook)).getroot()


def test_every_name_in_the_workbook_is_there(root: Any) -> None:
    assert broken_references(root) == []


@pytest.mark.parametrize(("path", "attribute", "value", "found"), MISTAKES.values(), ids=MISTAKES)
def test_a_seeded_mistake_is_found(root: Any, path: str, attribute: str | None, value: str, found: str) -> None:
    assert any(found in sentence for sentence in broken_references(mutated(root, path, attribute, value)))


def test_tableaus_own_schema_takes_the_files(files: TableauFiles) -> None:
    """Well-formed, and valid by the vendor's schema where a copy of it lies next to the repository."""
    roots = [etree.parse(str(file)).getroot() for file in (files.workbook, *files.datasources.values())]
    assert [root.tag for root in roots] == ["workbook", *["datasource"] * len(MARTS)]
    if VENDOR_SCHEMAS.exists():
        schema = vendor_schema()
        for root in roots:
            assert schema.validate(root), schema.error_log


def vendor_schema() -> etree.XMLSchema:
    """The published schema gives no location for its two imports, and no root element for a data source file."""
    text = (VENDOR_SCHEMAS / "twb_2026.1.0.xsd").read_text()
    for namespace, file in (
        ("http://www.tableausoftware.com/xml/user", "user_ns.xsd"),
        ("http://www.w3.org/XML/1998/namespace", "xml_ns.xsd"),
    ):
        place = f'<xs:import namespace="{namespace}" schemaLocation="{VENDOR_SCHEMAS / file}"/>'
        text = text.replace(f'<xs:import namespace="{namespace}"/>', place)
    text = text.replace("</xs:schema>", '<xs:element name="datasource" type="DataSource-CT"/></xs:schema>')
    return etree.XMLSchema(etree.fromstring(text.encode()))


def test_each_source_is_filtered_by_its_days_and_by_what_it_has_of_the_dashboards_filters(root: Any) -> None:
    assert set(FILTERS) - set(FILTERED) == {"product_id"}, "which only the drill-down sets"
    for mart in contract_marts():
        view = root.find(f"shared-views/shared-view[@name='{mart.source_name}']")
        days = [] if view is None else view.findall("filter[@class='relative-date']")
        assert [one.get("period-type-v2") for one in days] == ["day"] * any(metric.day for metric in mart.metrics)
        values = [] if view is None else view.findall("filter[@class='categorical']")
        assert len(values) == len({column.name for column in mart.columns} & set(FILTERED))


def test_each_dashboard_shows_every_filter_of_its_sources(root: Any) -> None:
    marts = {mart.name: mart for mart in contract_marts()}
    for page, sheets in PAGES.items():
        used = {sheet.mart for sheet in sheets}
        cards = root.findall(f"dashboards/dashboard[@name='{page}']//zone[@type-v2='filter']")
        assert len(cards) == sum(len(filters_of(marts[name])) for name in used) > 0


def test_a_click_on_any_bar_filters_the_other_sheets_of_its_dashboard(root: Any) -> None:
    bars = {(page, sheet.title) for page, sheets in PAGES.items() for sheet in sheets if sheet.mark == "Bar"}
    sources = root.findall("actions/action/source")
    assert {(one.get("dashboard"), one.get("worksheet")) for one in sources} == bars
    for action in root.findall("actions/action"):
        parameters = {one.get("name"): one.get("value") for one in action.iter("param")}
        assert parameters["exclude"] == action.find("source").get("worksheet")
        assert parameters["target"] == action.find("source").get("dashboard")


def test_tableaus_document_api_reads_the_workbook_back(files: TableauFiles) -> None:
    read = Workbook(str(files.workbook))
    assert read.dashboards == list(PAGES) and read.worksheets == [sheet.title for sheet in SHEETS]
    assert [source.name for source in read.datasources] == [f"federated.{mart}" for mart in MARTS]
    for source in read.datasources:
        (connection,) = source.connections
        assert (connection.server, connection.dbname, connection.username) == ("warehouse", "comptoir", "reporter")
    metrics = {mart.name: mart.metrics for mart in contract_marts()}
    for mart, source in zip(MARTS, read.datasources, strict=True):
        for metric in metrics[mart]:
            assert source.fields[f"[{metric.name}]"].calculation, metric.name


def test_the_standalone_sources_are_read_back(files: TableauFiles) -> None:
    for mart in contract_marts():
        source = Datasource.from_file(str(files.datasources[mart.name]))
        assert {column.name for column in mart.columns} <= {name.strip("[]") for name in source.fields}


def test_every_field_is_in_one_folder_or_in_a_hierarchy(root: Any) -> None:
    paths = {}
    for source in root.iterfind("datasources/datasource"):
        fields = [field.get("name") for field in source.findall("column")]
        levels = [one.text for one in source.iterfind("drill-paths/drill-path/field")]
        assert sorted(levels + [one.get("name") for one in source.iter("folder-item")]) == sorted(fields)
        paths |= {one.get("name"): [level.text for level in one] for one in source.iter("drill-path")}
    assert paths["Product"] == ["[department]", "[category]", "[brand]", "[title]"]


def test_the_package_opens_without_the_database(tmp_path: Path) -> None:
    extract = tmp_path / "comptoir.hyper"
    extract.write_bytes(b"rows")
    package = write_package(contract_marts(), extract)
    with ZipFile(package) as files:
        assert files.namelist() == ["comptoir.twb", PLACE] and files.read(PLACE) == b"rows"
        packaged = etree.fromstring(files.read("comptoir.twb"))
    assert broken_references(packaged) == []
    connections = [one for one in packaged.iter("connection") if one.get("class") != "federated"]
    assert len(connections) == len(MARTS)
    assert {(one.get("class"), one.get("dbname"), one.get("server")) for one in connections} == {("hyper", PLACE, None)}
    if VENDOR_SCHEMAS.exists():
        assert vendor_schema().validate(packaged)
    assert Workbook(str(package)).dashboards == list(PAGES)
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["comptoir.hyper", "comptoir.twbx"]


def test_files_of_a_folder_are_replaced(files: TableauFiles, tmp_path: Path) -> None:
    (tmp_path / "comptoir.twb").write_text("half a file")
    assert write_files(contract_marts(), SERVER, tmp_path).workbook.read_bytes() == files.workbook.read_bytes()
