"""The Tableau files: how they describe the marts, and what the extract holds of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from lxml import etree
from tableauhyperapi import Connection, HyperProcess, TableName, Telemetry

from bi.marts import contracts
from bi.metrics import Metric, load_metrics, query
from bi.sheets import PAGES, SHEETS
from bi.tableau import MartMissing, TableauFiles, describe_marts, write_workbook
from bi.tableau_extract import LOG_NOWHERE, hyper_type, write_extract
from bi.tableau_formula import tableau_formula as formula
from bi.tableau_marts import MARTS
from bi.tableau_package import PLACE, package_of
from comptoir.settings import Settings
from tests.support.demo_days import DemoDays
from tests.support.marts import contract, create_marts, insert
from tests.support.tableau_in_hyper import in_hyper
from tests.support.tableau_references import broken_references

TABLEAU_TYPES = {
    "date": "date", "text": "string", "boolean": "boolean", "timestamptz": "datetime", "integer": "integer",
    "bigint": "integer",
}  # fmt: skip


def tableau_type(data_type: str) -> str:
    return "real" if data_type.startswith("numeric") else TABLEAU_TYPES[data_type]


services = pytest.mark.services
ALWAYS = {"first_day": date(2000, 1, 1), "last_day": date(2100, 1, 1)}


@pytest.fixture(scope="module")
def reporter(make_database: Callable[[], str]) -> str:
    """URL, as the reporter, of a database with the two marts and a row in each."""
    url = make_database()
    create_marts(url, *MARTS)
    zero = {"gross_sales_amount": 0, "gross_sales_shop_amount": 0}
    insert(
        url, "mart_daily_sales", [{"sales_date": date(2026, 3, 1), "currency": "EUR", "shop_currency": "EUR"} | zero]
    )
    sold = {"gross_sales_shop_amount": Decimal("12.34"), "net_sales_shop_amount": Decimal("12.34")}
    insert(
        url,
        "mart_product_performance",
        [{"product_id": "1", "activity_date": date(2026, 3, 1), "title": "Été", "abc_class": "A"} | sold],
    )
    insert(url, "mart_customer_rfm", [{"customer_pseudonym": "p", "segment": "new", "recency_score": 5,
        "frequency_score": 1, "monetary_score": 1, "orders_count": 1}])  # fmt: skip
    return Settings(postgres_url=url, reporter_password="reporter").database_url_as("reporter")


@pytest.fixture(scope="module")
def files(reporter: str, tmp_path_factory: pytest.TempPathFactory) -> TableauFiles:
    return write_workbook(reporter, tmp_path_factory.mktemp("tableau"))


def parsed(file: Path) -> Any:
    return etree.parse(str(file)).getroot()


@services
@pytest.mark.parametrize("mart", MARTS)
def test_a_data_source_has_the_marts_columns_with_their_types(files: TableauFiles, mart: str) -> None:
    root = parsed(files.datasources[mart])
    promised = {column.name: tableau_type(column.data_type) for column in contracts()[mart].open_columns}
    records = {record.findtext("remote-name"): record.findtext("local-type") for record in root.iter("metadata-record")}
    fields = {
        field.get("name").strip("[]"): field for field in root.findall("column") if field.find("calculation") is None
    }
    assert records == promised
    assert {name: field.get("datatype") for name, field in fields.items()} == promised
    assert {name for name, field in fields.items() if field.get("role") == "measure"} == {
        name for name in promised if name.endswith(("_amount", "_count"))
    }


@services
@pytest.mark.parametrize("mart", MARTS)
def test_a_data_source_carries_every_metric_of_its_mart(files: TableauFiles, mart: str) -> None:
    root = parsed(files.datasources[mart])
    columns = {column["name"] for column in contract(mart)["columns"]}
    formulas = {
        field.get("name").strip("[]"): field.find("calculation").get("formula")
        for field in root.findall("column")
        if field.find("calculation") is not None
    }
    assert set(formulas) == {metric.name for metric in load_metrics().values() if metric.mart == mart}
    for text in formulas.values():
        assert set(re.findall(r"\[(\w+)\]", text)) <= columns


@services
def test_files_connect_as_the_reporter_and_hold_no_password(files: TableauFiles, reporter: str) -> None:
    for file in (*files.datasources.values(), files.workbook):
        connections = [one for one in parsed(file).iter("connection") if one.get("class") == "postgres"]
        assert connections
        for connection in connections:
            assert connection.get("username") == "reporter"
            assert f":{connection.get('port')}/{connection.get('dbname')}" in reporter
            assert "password" not in connection.attrib
        assert "reporter:reporter" not in file.read_text()


@services
def test_every_name_in_the_workbook_is_there(files: TableauFiles) -> None:
    root = parsed(files.workbook)
    assert broken_references(root) == []
    assert [sheet.get("name") for sheet in root.iterfind("worksheets/worksheet")] == [one.title for one in SHEETS]
    dashboards = {
        dashboard.get("name"): [zone.get("name") for zone in dashboard.iter("zone") if not zone.get("type-v2")]
        for dashboard in root.iterfind("dashboards/dashboard")
    }
    assert dashboards == {name: [sheet.title for sheet in sheets] for name, sheets in PAGES.items()}


@services
def test_the_same_marts_give_the_same_files(files: TableauFiles, reporter: str, tmp_path: Path) -> None:
    again = write_workbook(reporter, tmp_path)
    assert again.workbook.read_bytes() == files.workbook.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"comptoir.twb", *(f"{mart}.tds" for mart in MARTS)}


@services
def test_an_extract_holds_the_rows_of_the_marts(reporter: str, tmp_path: Path) -> None:
    file = tmp_path / "comptoir.hyper"
    assert write_extract(reporter, file).rows == dict.fromkeys(MARTS, 0) | {
        "mart_daily_sales": 1, "mart_product_performance": 1, "mart_customer_rfm": 1,
    }  # fmt: skip
    with ZipFile(package_of(file)) as package:
        package.extract(PLACE, tmp_path)
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=LOG_NOWHERE) as hyper,
        Connection(hyper.endpoint, tmp_path / PLACE) as extract,
    ):
        query = 'select "title", "activity_date", "net_sales_shop_amount" from "marts"."mart_product_performance"'
        ((title, day, amount),) = extract.execute_list_query(query)
    assert (title, str(day), amount) == ("Été", "2026-03-01", Decimal("12.34"))


@services
def test_a_missing_mart_is_named(database: str, tmp_path: Path) -> None:
    with pytest.raises(MartMissing, match=r"marts\.mart_daily_sales does not exist"):
        write_workbook(database, tmp_path)


def test_a_metric_without_translation_is_refused() -> None:
    metric = Metric("m", "M", "", "mart_daily_sales", "stddev(units_count)", "count", "up", "bi")
    with pytest.raises(ValueError, match="cannot say"):
        formula(metric)


@services
@pytest.mark.timeout(3600)  # the fixture lives the days before the first test
def test_calculated_fields_over_the_extract_give_our_figures(demo_days: DemoDays, tmp_path: Path) -> None:
    url = demo_days.url
    rows = write_extract(url, tmp_path / "days.hyper").rows
    metrics = [metric for metric in load_metrics().values() if metric.mart in MARTS]
    assert len(metrics) > 30
    with (
        psycopg.connect(url) as postgres,
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=LOG_NOWHERE) as hyper,
        Connection(hyper.endpoint, tmp_path / "days.hyper") as extract,
    ):
        for mart in describe_marts(url):
            [counted] = postgres.execute(f"select count(*) from marts.{mart.name}".encode()).fetchone() or []
            assert rows[mart.name] == counted, mart.name
            table = TableName("marts", mart.name)
            assert {
                str(one.name.unescaped): one.type for one in extract.catalog.get_table_definition(table).columns
            } == {one.name: hyper_type(one) for one in mart.columns}
            for one in mart.columns:  # sums of what adds up, to the last digit, and how many values the others have
                figure = "sum" if one.tableau_type in ("integer", "real") and one.digits else "count"
                asked = f'select {figure}("{one.name}"), count(distinct "{one.name}") from marts.{mart.name}'
                read_back = extract.execute_list_query(asked.replace(f"marts.{mart.name}", str(table)))
                assert tuple(read_back[0]) == postgres.execute(asked.encode()).fetchone(), f"{mart.name}.{one.name}"
        for metric in metrics:
            [figure] = postgres.execute(query([metric]), ALWAYS).fetchone() or []
            table = f'"marts"."{metric.mart}"'
            found = extract.execute_scalar_query(f"select {in_hyper(formula(metric))} from {table}")
            assert float(found or 0) == pytest.approx(float(figure or 0), rel=1e-9), metric.name
