"""What Dagster reports as wrong: failed runs, shut gates, failed checks, silent schedules, and verdicts kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._utils.error import SerializableErrorInfo

from alerting.condition import DATA_ENGINEERING, Severity
from comptoir.settings import Settings
from expectations.results import GateResult, RuleResult
from orchestration.conditions.checks import failed_checks, newest_records
from orchestration.conditions.freshness import overdue_checks
from orchestration.conditions.runs import failed_runs, slow_runs
from orchestration.conditions.ticks import broken_ticks
from orchestration.conditions.verdicts import restore_verdicts
from orchestration.gate_checks import build_gate
from orchestration.housekeeping import delete_old_runs
from orchestration.retrying import is_transient, repeated_when_away

ORDERS, SALES = dg.AssetKey(["raw_shop", "orders"]), dg.AssetKey(["marts", "sales"])
SETTINGS = Settings(postgres_url="postgresql://nobody@nowhere/none")
NOW = datetime.now(UTC)


class Shop:
    """What a test breaks."""

    price = 1.0
    sales = 1
    error: Exception | None = None


def rule(shop: Shop) -> RuleResult:
    holds = shop.price >= 0
    sample = [] if holds else [{"order_id": 7, "price": str(shop.price)}]
    return RuleResult("price_is_not_negative", "raw_shop.orders", "price", holds, 10, len(sample), sample)


def definitions(shop: Shop) -> dg.Definitions:
    @dg.asset(key=ORDERS, owners=[DATA_ENGINEERING])
    def orders(context: dg.AssetExecutionContext) -> None:
        with repeated_when_away(context, first_wait_seconds=0):
            if shop.error:
                raise shop.error

    @dg.asset(key=SALES, deps=[ORDERS], owners=["team:bi"])
    def sales() -> None: ...

    @dg.asset_check(asset=SALES, blocking=True)
    def sales_exist() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=bool(shop.sales), description=f"{shop.sales} sales")

    gate = build_gate("raw", [ORDERS], lambda *_: GateResult("raw", "run", [rule(shop)], 0.1))
    daily = dg.define_asset_job("daily", dg.AssetSelection.all())
    return dg.Definitions(
        assets=[orders, sales],
        asset_checks=[gate, sales_exist],
        jobs=[daily],
        schedules=[dg.ScheduleDefinition(job_name="daily", cron_schedule="0 5 * * *", execution_timezone="UTC")],
        resources={"settings": SETTINGS},
        executor=dg.in_process_executor,
    )


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def shop() -> Shop:
    return Shop()


def run(shop: Shop, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    job = definitions(shop).resolve_job_def("daily")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def seen(shop: Shop, instance: dg.DagsterInstance) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Key → (cause, caused_by) of what failed."""
    graph = definitions(shop).resolve_asset_graph()
    records = newest_records(instance, graph.asset_check_keys)
    rows = [{"order_id": 7}]
    found = failed_checks(graph, records, SETTINGS, lambda *_: rows)
    found += failed_runs(instance, ["daily"], records, SETTINGS)
    return {one.key: (one.cause, one.caused_by) for one in found}


def test_a_good_run_has_no_condition(shop: Shop, instance: dg.DagsterInstance) -> None:
    assert run(shop, instance).success
    assert seen(shop, instance) == {}


def test_a_shut_gate_is_the_cause_of_its_run_with_rules_and_rows(shop: Shop, instance: dg.DagsterInstance) -> None:
    shop.price = -1.0
    outcome = run(shop, instance)
    found = seen(shop, instance)
    assert set(found) == {"gate/raw", "run/daily"}
    assert "raw_shop.orders.price breaks price_is_not_negative in 1 row" in found["gate/raw"][0]
    assert "gate/raw" in found["run/daily"][1]
    # the run's last error names gate, rule and row, not only the asset
    failure = outcome.failure_data_for_node("gate_raw")
    assert failure and failure.error
    assert "gate_raw is shut by 1 of 1 rules" in failure.error.message
    assert '{"order_id": 7, "price": "-1.0"}' in found["run/daily"][0]


def test_a_run_that_a_gate_stopped_is_not_told_while_the_job_runs_again(
    shop: Shop, instance: dg.DagsterInstance
) -> None:
    """The gate is open again some steps before that run ends."""
    job = definitions(shop).resolve_job_def("daily")
    shop.price = -1.0
    run(shop, instance)
    again = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert "run/daily" not in seen(shop, instance)
    instance.report_run_canceled(again)
    assert "run/daily" in seen(shop, instance), "nobody mends it any more"
    shop.price, shop.error = 1.0, ValueError("no such column")
    run(shop, instance)
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert "run/daily" in seen(shop, instance), "told already, and not over before the run ends"


def test_checks_that_a_failed_run_did_not_reach_keep_their_verdict(shop: Shop, instance: dg.DagsterInstance) -> None:
    run(shop, instance)
    shop.price = -1.0
    run(shop, instance)
    key = dg.AssetCheckKey(SALES, "sales_exist")
    before = newest_records(instance, [key])[key]
    assert before.evaluation is None or before.status.value == "PLANNED"

    assert restore_verdicts(instance, [before], "http://dagster") == [key]
    after = newest_records(instance, [key])[key]
    assert after.status.value == "SUCCEEDED"
    assert after.evaluation and after.evaluation.description == "1 sales"
    assert before.run_id in str(after.evaluation.metadata["run that did not come to it"].value)
    assert restore_verdicts(instance, [after], "http://dagster") == []


def test_a_failed_check_is_told_to_the_owner_of_its_asset_and_to_the_engineers(
    shop: Shop, instance: dg.DagsterInstance
) -> None:
    shop.sales = 0
    run(shop, instance)
    graph = definitions(shop).resolve_asset_graph()
    [found] = failed_checks(graph, newest_records(instance, graph.asset_check_keys), SETTINGS)
    assert (found.key, found.cause) == ("check/marts.sales/sales_exist", "0 sales")
    assert found.owners == ("team:bi", DATA_ENGINEERING)
    assert found.severity is Severity.ERROR
    assert found.link.endswith("/assets/marts/sales?view=checks&checkDetail=sales_exist")
    assert "check/marts.sales/sales_exist" in seen(shop, instance)["run/daily"][1]


def test_what_passes_is_repeated_and_what_does_not_fails_at_once(shop: Shop, instance: dg.DagsterInstance) -> None:
    for error, repetitions in ((ConnectionError("Kafka is away"), 3), (ValueError("no such column"), 0)):
        shop.error = error
        outcome = run(shop, instance)
        again = [event for event in outcome.all_events if event.event_type_value == "STEP_RESTARTED"]
        assert not outcome.success and len(again) == repetitions
        cause, caused_by = seen(shop, instance)["run/daily"]
        assert str(error) in cause
        assert caused_by == (("kafka/*",) if "Kafka" in cause else ())  # whatever else is away at the time
    shop.error = None
    assert run(shop, instance).success and seen(shop, instance) == {}


def test_an_error_is_transient_by_what_it_was_raised_from() -> None:
    wrapped = RuntimeError("the shop did not answer")
    wrapped.__cause__ = psycopg.OperationalError("server closed the connection")
    assert is_transient(wrapped)
    assert not is_transient(psycopg.errors.CheckViolation("price"))


def test_a_slow_run_is_a_warning_once_there_are_runs_to_compare_it_with(
    shop: Shop, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(7):
        run(shop, instance)
    assert slow_runs(instance, ["daily"], SETTINGS) == []
    records = list(instance.get_run_records(dg.RunsFilter(job_name="daily")))
    first = records[0]._replace(start_time=1.0, end_time=401.0)
    usual = [record._replace(start_time=1.0, end_time=61.0) for record in records[1:]]
    monkeypatch.setattr(type(instance), "get_run_records", lambda *_, **__: [first, *usual])
    [found] = slow_runs(instance, ["daily"], SETTINGS)
    assert (found.key, found.title) == ("cost/run.daily", "daily took 400 s, usually 60 s")


def tick(instance: dg.DagsterInstance, at: datetime, error: str = "") -> None:
    """A tick of the daily schedule as the daemon writes it."""
    [state] = instance.all_instigator_state()
    instance.create_tick(
        TickData(
            instigator_origin_id=state.instigator_origin_id,
            instigator_name="daily_schedule",
            instigator_type=InstigatorType.SCHEDULE,
            status=TickStatus.FAILURE if error else TickStatus.SUCCESS,
            run_ids=None if error else ["a run"],
            error=SerializableErrorInfo(error, [], "RuntimeError") if error else None,
            timestamp=at.timestamp(),
            selector_id=state.selector_id,
        )
    )


def test_a_schedule_that_fails_or_is_silent_is_named(shop: Shop) -> None:
    repository = definitions(shop).get_repository_def()
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(python_file="x.py"), "comptoir")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "r"), "daily_schedule")
    data = ScheduleInstigatorData("0 5 * * *", (NOW - timedelta(days=3)).timestamp())
    with dg.instance_for_test() as instance:
        instance.add_instigator_state(InstigatorState(origin, InstigatorType.SCHEDULE, InstigatorStatus.RUNNING, data))
        assert "should have ticked" in broken_ticks(instance, repository, SETTINGS, NOW)[0].cause
        tick(instance, NOW)
        assert broken_ticks(instance, repository, SETTINGS, NOW) == []
        tick(instance, NOW + timedelta(seconds=1), "the code server is away")
        [found] = broken_ticks(instance, repository, SETTINGS, NOW)
        assert (found.key, found.title) == ("schedule/daily_schedule", "schedule daily_schedule fails")
        assert found.cause.endswith("the code server is away")


def test_checks_that_a_scheduled_job_no_longer_evaluates_are_overdue(shop: Shop, instance: dg.DagsterInstance) -> None:
    run(shop, instance)
    repository = definitions(shop).get_repository_def()
    records = newest_records(instance, repository.asset_graph.asset_check_keys)
    assert overdue_checks(repository, records, SETTINGS, NOW) == []
    [found] = overdue_checks(repository, records, SETTINGS, NOW + timedelta(days=2))
    assert found.key == "overdue/daily"
    assert "2 checks of daily were not evaluated" in found.cause and "raw_shop/orders" in found.cause


def test_housekeeping_deletes_old_runs_and_keeps_those_that_wrote_what_stands(
    shop: Shop, instance: dg.DagsterInstance
) -> None:
    runs = [run(shop, instance).run_id for _ in range(3)]
    assert delete_old_runs(instance, NOW - timedelta(days=1)) == 0
    assert delete_old_runs(instance, datetime.now(UTC) + timedelta(days=1)) == 2
    assert [run.run_id for run in instance.get_runs()] == runs[-1:]


def test_what_the_steps_of_an_old_run_printed_goes_with_it(shop: Shop, tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        old, newest = (run(shop, instance).run_id for _ in range(2))
        logs = tmp_path / "storage"
        assert {old, newest} <= {folder.name for folder in logs.iterdir()}
        assert delete_old_runs(instance, datetime.now(UTC) + timedelta(days=1)) == 1
        left = {folder.name for folder in logs.iterdir()}
    assert newest in left and old not in left
