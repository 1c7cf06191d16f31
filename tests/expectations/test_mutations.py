"""Each corruption of raw data is named by its rule, and while a gate fails nothing that people read changes.

The list is tests/support/mutations.py. A group of corruptions goes through the real run of Dagster: gate, then dbt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
from dagster_dbt import DbtCliResource
from psycopg.rows import dict_row

from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from expectations.validate import validate
from orchestration.dbt_manifest import DBT, project
from orchestration.defs.clickstream import clickstream_landing
from orchestration.defs.gates import gate_raw
from orchestration.defs.shop import shop_sync
from orchestration.defs.warehouse import dbt_marts, dbt_staging
from tests.support.demo_past_weeks import landed_weeks
from tests.support.mutation import Mutation, drop_unique_keys
from tests.support.mutation_table import PAGE, is_blocking, page, rules_of_raw
from tests.support.mutations import ELSEWHERE, MUTATIONS
from tests.support.warehouse_fixtures import built_small_shop, copy_database, query

pytestmark = pytest.mark.services

READ_BY_PEOPLE = ("marts", "serving", "staging", "intermediate")
SMALL_SHOP_GROUPS = ("rows", "schema")
GROUPS = {mutation.group for mutation in MUTATIONS}
BLOCKING_GROUPS = {mutation.group for mutation in MUTATIONS if is_blocking(mutation)}
# rules about the present time (the shops of the tests are in the past), and one shown in test_raw_days.py
NOT_MUTATED = {"newest_event_is_of_today", "order_hours_are_as_usual"}


@dataclass(frozen=True)
class Outcome:
    """After a run over a corrupted copy: broken rules with their rows, the steps that ran, and what people read.

    `is_open`: the gate let the steps after it run.
    """

    is_open: bool
    broken: Mapping[tuple[str, str], list[dict[str, Any]]]
    steps: set[str]
    docs: Path
    before: list[tuple[Any, ...]]
    after: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def good_shops(
    make_database: Callable[[], str], postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[bool, str]:
    """Whether it is the small shop -> URL; the gate passed before, so that each alarm comes from a corruption."""
    shops = {
        True: built_small_shop(make_database, tmp_path_factory),
        False: landed_weeks(make_database),
    }
    copies = {is_small: copy_database(postgres_server, make_database, url) for is_small, url in shops.items()}
    for url in copies.values():
        with psycopg.connect(url) as connection:
            drop_unique_keys(connection)
        result = validate("raw", url, "shopify")
        assert result.success, result.message
        assert {rule.rule for rule in result.warnings} == {"newest_event_is_of_today"}, result.warnings
    return copies


@pytest.fixture(scope="module")
def outcome_of(
    good_shops: Mapping[bool, str],
    make_database: Callable[[], str],
    postgres_server: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Outcome]:
    """The outcome of a group, run when it is first asked for."""
    outcomes: dict[str, Outcome] = {}

    def ask(group: str) -> Outcome:
        if group not in outcomes:
            url = copy_database(postgres_server, make_database, good_shops[group in SMALL_SHOP_GROUPS])
            before = what_people_read(url)
            with psycopg.connect(url) as connection:
                for mutation in MUTATIONS:
                    if mutation.group == group:
                        corrupt(connection, mutation)
            outcomes[group] = run(url, before, tmp_path_factory.mktemp("data"), with_dbt=group in BLOCKING_GROUPS)
        return outcomes[group]

    return ask


def corrupt(connection: psycopg.Connection, mutation: Mutation) -> None:
    if callable(mutation.change):
        mutation.change(connection)
        return
    changed = connection.execute(mutation.change.encode()).rowcount
    assert changed != 0, f"{mutation.what}: nothing was changed"


def run(url: str, before: list[tuple[Any, ...]], data_dir: Path, with_dbt: bool) -> Outcome:
    """Gate and dbt as the daily job runs them; without dbt the gate alone."""
    after_the_gate = dg.AssetSelection.assets(dbt_staging, dbt_marts) if with_dbt else dg.AssetSelection.assets()
    definitions = dg.Definitions(
        assets=[shop_sync, clickstream_landing, dbt_staging, dbt_marts],
        asset_checks=[gate_raw],
        jobs=[
            dg.define_asset_job(
                "warehouse",
                selection=after_the_gate | dg.AssetSelection.checks(*gate_raw.check_keys),
            )
        ],
        resources={
            "settings": Settings(postgres_url=url, data_dir=data_dir),
            "dbt": DbtCliResource(project_dir=project(), dbt_executable=DBT),
        },
        executor=dg.in_process_executor,
    )
    result = definitions.resolve_job_def("warehouse").execute_in_process(raise_on_error=False)
    broken: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute(
            "select table_name, rule, row_data from ops.failed_rows where run_id = %s", [result.run_id]
        )
        for row in rows:
            broken.setdefault((row["table_name"], row["rule"]), []).append(row["row_data"])
    steps = {event.step_key for event in result.all_events if event.is_step_start and event.step_key}
    is_open = all(
        check.passed or check.severity is dg.AssetCheckSeverity.WARN for check in result.get_asset_check_evaluations()
    )
    return Outcome(is_open, broken, steps, data_dir / "data_docs" / "raw", before, what_people_read(url))


def what_people_read(url: str) -> list[tuple[Any, ...]]:
    """A fingerprint of each table behind the gate."""
    tables = query(
        url,
        "select table_schema || '.' || table_name from information_schema.tables"
        f" where table_schema in {READ_BY_PEOPLE} and table_type = 'BASE TABLE' order by 1",
    )
    if not tables:
        return []
    fingerprint = "select '{0}', count(*), md5(string_agg(t::text, '|' order by t::text)) from {0} as t"
    return query(url, " union all ".join(fingerprint.format(table) for (table,) in tables) + " order by 1")


def holds(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(name in row and str(row[name]).removesuffix(".0") == str(value) for name, value in wanted.items())


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.what}, {mutation.rule}")
def test_the_rule_names_the_corruption(outcome_of: Callable[[str], Outcome], mutation: Mutation) -> None:
    rows = outcome_of(mutation.group).broken.get((mutation.table, mutation.rule), [])
    assert any(holds(row, mutation.row) for row in rows), rows or f"{mutation.rule} held"


@pytest.mark.parametrize("group", sorted(GROUPS - BLOCKING_GROUPS))
def test_what_only_warns_leaves_the_gate_open(outcome_of: Callable[[str], Outcome], group: str) -> None:
    outcome = outcome_of(group)
    assert outcome.broken and outcome.is_open


@pytest.mark.parametrize("group", sorted(BLOCKING_GROUPS))
def test_people_read_what_they_read_before(outcome_of: Callable[[str], Outcome], group: str) -> None:
    outcome = outcome_of(group)
    assert outcome.steps == {"gate_raw"} and not outcome.is_open
    assert outcome.after == outcome.before
    if group in SMALL_SHOP_GROUPS:
        assert any(table == "marts.mart_daily_sales" and rows for table, rows, _ in outcome.before)


def test_data_docs_show_the_rule_and_the_rows_and_name_no_person(outcome_of: Callable[[str], Outcome]) -> None:
    docs = outcome_of("rows").docs
    [orders] = docs.glob("validations/raw_shop/orders/**/*.html")
    assert "amounts_of_one_currency_are_equal" in orders.read_text() and "needs no rate" in orders.read_text()
    [customers] = docs.glob("validations/raw_shop/customers/**/*.html")
    shown = customers.read_text().replace("raw_shop.customers-", "row ")
    assert re.search(r">\s*nobody\s*<", shown) and re.search(r">\s*row 501\s*<", shown) and "***" in shown
    assert not re.search(r"(?<!row )\b50[12]\b", shown)
    assert not [page for page in docs.rglob("*.html") if "@example.org" in page.read_text()]


def test_every_rule_of_the_raw_gate_has_a_corruption_it_finds() -> None:
    assert {rule for _, rule in rules_of_raw()} - {mutation.rule for mutation in MUTATIONS} == NOT_MUTATED


def test_checks_elsewhere_exist() -> None:
    for entry in ELSEWHERE:
        file, _, function = entry.caught_by.partition("::")
        assert f"def {function}(" in (REPOSITORY / file).read_text(), entry.what


def test_the_page_shows_these_corruptions() -> None:
    assert PAGE.read_text() == page(), "write it again: python -m tests.support.mutation_table"


def test_an_unreadable_amount_shuts_the_gate(
    good_shops: Mapping[bool, str], make_database: Callable[[], str], postgres_server: str
) -> None:
    url = copy_database(postgres_server, make_database, good_shops[False])
    with psycopg.connect(url) as connection:
        connection.execute(
            "update raw_shop.orders set line_items = "
            "jsonb_set(line_items, '{0,price_set,shop_money,amount}', '\"12,99\"') where created_at > '2026-10-28'"
        )
    result = validate("raw", url, "shopify")
    assert not result.success
    assert "could not be checked for days_can_be_counted" in result.message and "12,99" in result.message
