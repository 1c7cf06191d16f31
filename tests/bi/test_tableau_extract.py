"""The extract after another day: what changed is read again, what did not is kept, what is gone is in no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from tableauhyperapi import Connection, HyperProcess, Telemetry

from bi.extract_days import day_of
from bi.tableau import describe_marts
from bi.tableau_extract import LOG_NOWHERE, write_extract
from bi.tableau_package import PLACE, package_of
from tests.support.demo_days import DemoDays
from tests.support.warehouse_fixtures import copy_database

pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]  # the fixture lives the days before the first test


@pytest.fixture
def url(demo_days: DemoDays, make_database: Callable[[], str], postgres_server: str) -> str:
    return copy_database(postgres_server, make_database, demo_days.url)


def asked(file: Path, query: str) -> list[list[object]]:
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=LOG_NOWHERE) as hyper,
        Connection(hyper.endpoint, file) as extract,
    ):
        return extract.execute_list_query(query)


def test_only_days_that_changed_are_read_and_the_file_is_as_one_made_anew(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.hyper"
    first = write_extract(url, file)
    assert first.read == first.rows and first.rows["fct_orders"] > 20
    unchanged = write_extract(url, file)
    assert unchanged.rows == first.rows and set(unchanged.read.values()) == {0}

    with psycopg.connect(url) as connection:
        [day, orders] = (
            connection.execute(
                "select order_date, count(*) from marts.fct_orders group by 1 order by 2 desc limit 1"
            ).fetchone()
            or []
        )
        connection.execute("update marts.fct_orders set country_code = 'LU' where order_date = %s", [day])
        connection.execute(
            "update marts.mart_customer_rfm set recency_days = recency_days + 1 where customer_pseudonym ="
            " (select min(customer_pseudonym) from marts.mart_customer_rfm)"
        )
    changed = write_extract(url, file)
    assert changed.rows == first.rows
    assert {mart: rows for mart, rows in changed.read.items() if rows} == {
        "fct_orders": orders, "mart_customer_rfm": first.rows["mart_customer_rfm"],
    }  # fmt: skip

    anew = tmp_path / "anew.hyper"
    write_extract(url, anew)
    for mart in describe_marts(url):
        columns = ", ".join(f'"{column.name}"' for column in mart.columns)
        rows = f'select {columns} from "marts"."{mart.name}"'
        assert sorted(map(repr, asked(file, rows))) == sorted(map(repr, asked(anew, rows))), mart.name


def test_who_was_erased_is_in_neither_file_after_the_next_extract(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.hyper"
    write_extract(url, file)
    with psycopg.connect(url) as connection:
        [pseudonym] = (
            connection.execute(
                "select customer_pseudonym from marts.fct_orders where customer_pseudonym is not null limit 1"
            ).fetchone()
            or []
        )
        connection.execute("update marts.fct_orders set customer_pseudonym = null where customer_pseudonym = %s",
                           [pseudonym])  # fmt: skip
        connection.execute("delete from marts.mart_customer_rfm where customer_pseudonym = %s", [pseudonym])
    known = f"""select count(*) from "marts"."mart_customer_rfm" where "customer_pseudonym" = '{pseudonym}'"""
    assert asked(file, known) == [[1]]
    write_extract(url, file)
    with ZipFile(package_of(file)) as package:
        packaged = Path(package.extract(PLACE, tmp_path / "opened"))
    for each in (file, packaged):
        assert asked(each, known) == [[0]]
        of_orders = known.replace("mart_customer_rfm", "fct_orders")
        assert asked(each, of_orders) == [[0]]
    assert sorted(found.name for found in tmp_path.iterdir()) == ["kept.hyper", "kept.twbx", "opened"]


def test_a_day_that_is_gone_is_gone(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.hyper"
    first = write_extract(url, file)
    with psycopg.connect(url) as connection:
        [day, rows] = (
            connection.execute(
                "select session_date, count(*) from marts.fct_sessions group by 1 order by 1 limit 1"
            ).fetchone()
            or []
        )
        connection.execute("delete from marts.fct_sessions where session_date = %s", [day])
    second = write_extract(url, file)
    assert second.rows["fct_sessions"] == first.rows["fct_sessions"] - rows
    assert second.read["fct_sessions"] == 0
    assert asked(file, 'select count(*) from "marts"."fct_sessions"') == [[second.rows["fct_sessions"]]]


def test_a_table_with_another_column_and_a_file_that_does_not_open_are_read_whole(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.hyper"
    first = write_extract(url, file)
    with psycopg.connect(url) as connection:
        connection.execute("alter table marts.mart_search_terms add column note text default 'x'")
    second = write_extract(url, file)
    assert {mart for mart, rows in second.read.items() if rows} == {"mart_search_terms"}
    assert second.read["mart_search_terms"] == first.rows["mart_search_terms"]
    file.write_bytes(b"half a file")
    assert write_extract(url, file).read == second.rows


def test_marts_are_kept_by_the_day_of_their_metrics(url: str) -> None:
    assert {mart.name: day_of(mart) for mart in describe_marts(url)} == {
        "mart_daily_sales": "sales_date", "mart_sales_breakdown": "sales_date", "fct_orders": "order_date",
        "fct_sessions": "session_date",
        "mart_funnel_daily": "session_date", "mart_product_performance": "activity_date", "mart_customer_rfm": None,
        "mart_search_terms": "search_date", "mart_recommendation_performance": "event_date",
        "mart_model_runs_daily": "run_date",
    }  # fmt: skip
