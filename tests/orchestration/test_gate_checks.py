"""A gate between two steps: what a failed rule stops, in one run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from expectations.results import GateResult, RuleResult
from orchestration.gate_checks import build_gate

ORDERS, PRODUCTS = dg.AssetKey(["raw_shop", "orders"]), dg.AssetKey(["raw_shop", "products"])
SETTINGS = Settings(postgres_url="postgresql://nobody@nowhere/none")


@dg.multi_asset(name="load", specs=[dg.AssetSpec(ORDERS), dg.AssetSpec(PRODUCTS)])
def load() -> Iterator[dg.MaterializeResult]:
    yield dg.MaterializeResult(asset_key=ORDERS)
    yield dg.MaterializeResult(asset_key=PRODUCTS)


@dg.asset(key=["marts", "dim_products"], deps=[PRODUCTS])
def dim_products() -> None: ...


@dg.asset(key=["serving", "products"], deps=[dim_products])
def published() -> None: ...


def rule(table: str, *, holds: bool, is_blocking: bool = True) -> RuleResult:
    sample = [] if holds else [{"order_id": 7, "price": "-1.00", "note": "a|b\nc"}]
    return RuleResult("price_is_not_negative", table, "price", holds, 10, len(sample), sample, is_blocking)


def result(*rules: RuleResult) -> GateResult:
    return GateResult("raw", "run", list(rules), seconds=0.1)


def run(validate: Callable[[str, Settings, str], GateResult]) -> dg.ExecuteInProcessResult:
    definitions = dg.Definitions(
        assets=[load, dim_products, published],
        asset_checks=[build_gate("raw", [ORDERS, PRODUCTS], validate)],
        resources={"settings": SETTINGS},
        executor=dg.in_process_executor,
    )
    return definitions.resolve_implicit_global_asset_job_def().execute_in_process(raise_on_error=False)


def steps_run(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.step_key for event in result.all_events if event.is_step_start and event.step_key}


def test_a_gate_that_holds_lets_the_next_steps_run() -> None:
    outcome = run(lambda *_: result(rule("raw_shop.orders", holds=True), rule("raw_shop.products", holds=True)))

    assert outcome.success
    assert steps_run(outcome) == {"load", "gate_raw", "marts__dim_products", "serving__products"}


@pytest.mark.parametrize("failing", ["raw_shop.products", "raw_shop.orders"])
def test_a_failed_rule_stops_everything_behind_the_gate_whichever_table_it_is_about(failing: str) -> None:
    tables = ("raw_shop.orders", "raw_shop.products")
    outcome = run(lambda *_: result(*(rule(table, holds=table != failing) for table in tables)))

    assert not outcome.success
    assert steps_run(outcome) == {"load", "gate_raw"}


def test_a_validation_that_breaks_stops_everything_behind_the_gate() -> None:
    def broken(*_: object) -> GateResult:
        raise ConnectionError("the database is away")

    assert steps_run(run(broken)) == {"load", "gate_raw"}


def test_a_rule_about_a_table_outside_the_gate_is_not_ignored() -> None:
    outcome = run(lambda *_: result(rule("raw_shop.refunds", holds=True)))

    assert not outcome.success
    assert steps_run(outcome) == {"load", "gate_raw"}


def test_a_layer_is_validated_once_with_the_settings_and_the_id_of_the_run() -> None:
    calls: list[tuple[object, ...]] = []

    def validate(*arguments: object) -> GateResult:
        calls.append(arguments)
        return result(rule("raw_shop.orders", holds=True))

    outcome = run(validate)
    assert calls == [("raw", SETTINGS, outcome.run_id)]


def test_a_broken_rule_that_only_warns_is_shown_and_stops_nothing() -> None:
    outcome = run(lambda *_: result(rule("raw_shop.products", holds=False, is_blocking=False)))
    checks = {evaluation.asset_key: evaluation for evaluation in outcome.get_asset_check_evaluations()}

    assert outcome.success
    assert "serving__products" in steps_run(outcome)
    assert not checks[PRODUCTS].passed
    assert checks[PRODUCTS].severity is dg.AssetCheckSeverity.WARN


def test_an_accepted_rule_is_shown_with_who_and_why_and_stops_nothing() -> None:
    accepted = replace(rule("raw_shop.products", holds=False), acceptance="accepted by ada until 2026-12-01: strike")
    outcome = run(lambda *_: result(accepted))
    [check] = [one for one in outcome.get_asset_check_evaluations() if one.asset_key == PRODUCTS]

    assert outcome.success and "serving__products" in steps_run(outcome)
    assert not check.passed and check.severity is dg.AssetCheckSeverity.WARN
    assert check.description and check.description.endswith("It is accepted by ada until 2026-12-01: strike.")


def test_the_check_of_a_failed_table_shows_the_rule_and_the_rows() -> None:
    outcome = run(lambda *_: result(rule("raw_shop.orders", holds=False), rule("raw_shop.products", holds=True)))
    checks = {evaluation.asset_key: evaluation for evaluation in outcome.get_asset_check_evaluations()}

    assert checks[PRODUCTS].passed
    failed = checks[ORDERS]
    assert not failed.passed
    assert failed.severity is dg.AssetCheckSeverity.ERROR
    assert failed.description
    assert "raw_shop.orders" in failed.description
    rows = failed.metadata["rows that break price_is_not_negative price"]
    assert rows.value == "| order_id | price | note |\n| --- | --- | --- |\n| 7 | -1.00 | a\\|b c |"
    assert "| price_is_not_negative | price | 10 | 1 | NO |" in str(failed.metadata["rules"].value)


def test_each_check_names_the_data_docs_of_its_run() -> None:
    docs = Path("docs/raw/index.html")
    outcome = run(lambda *_: replace(result(rule("raw_shop.orders", holds=True)), docs=docs))
    pages = {evaluation.metadata["data docs"].value for evaluation in outcome.get_asset_check_evaluations()}

    assert pages == {f"{SETTINGS.operations_url}/data-docs/raw/index.html"}  # a page that opens from any machine


def test_a_shut_gate_fails_its_step_with_rules_and_rows() -> None:
    outcome = run(lambda *_: result(rule("raw_shop.orders", holds=False), rule("raw_shop.products", holds=True)))
    failure = outcome.failure_data_for_node("gate_raw")
    assert failure and failure.error
    assert (
        "gate_raw is shut by 1 of 2 rules. raw_shop.orders.price breaks price_is_not_negative" in failure.error.message
    )
    assert '"order_id": 7' in failure.error.message


@pytest.mark.parametrize(("table", "holds"), [(ORDERS, False), (PRODUCTS, True)])
def test_the_check_of_one_table_can_be_executed_alone(table: dg.AssetKey, holds: bool) -> None:
    found = [rule("raw_shop.orders", holds=False), rule("raw_shop.products", holds=True)]
    gate = build_gate("raw", [ORDERS, PRODUCTS], lambda *_: result(*found))
    definitions = dg.Definitions(assets=[load], asset_checks=[gate], resources={"settings": SETTINGS})
    alone = dg.AssetSelection.checks(dg.AssetCheckKey(table, "gate_raw"))
    job = dg.define_asset_job("alone", alone, executor_def=dg.in_process_executor)
    outcome = (
        dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
        .resolve_job_def("alone")
        .execute_in_process(raise_on_error=False)
    )
    assert outcome.success is holds
    assert [(one.asset_key, one.passed) for one in outcome.get_asset_check_evaluations()] == [(table, holds)]


# as in a run that Dagster spawned, `python -c` has a main module without a file: PySpark would end the process
SUITES = """
import json
from importlib import import_module
from orchestration.defs import gates

with gates.without_spark():
    suites = {layer: import_module(f"expectations.{layer}").tables("shopify") for layer in ("raw", "staging", "marts")}
checked = {layer: [table.name for table in tables] for layer, tables in suites.items()}
guarded = {
    layer: [".".join(key.asset_key.path) for key in getattr(gates, f"gate_{layer}").check_keys] for layer in suites
}
print(json.dumps([checked, guarded]))
"""


@pytest.mark.services  # importing Great Expectations takes seconds
def test_the_suites_load_in_a_spawned_run_and_are_about_the_tables_behind_their_gate() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", SUITES], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert finished.stdout, finished.stderr
    checked, guarded = json.loads(finished.stdout.splitlines()[-1])

    assert checked.keys() == {"raw", "staging", "marts"}
    for layer, tables in checked.items():
        assert tables
        assert set(tables) <= set(guarded[layer])
