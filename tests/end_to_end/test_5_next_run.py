"""The next good run has all that came meanwhile, and days are built again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dagster import DagsterRunStatus

from comptoir.settings import Settings
from local.waiting import wait_until
from orchestration.dagster_api import DagsterApi
from orchestration.run import FINISHED
from tests.support.launchpad import launch
from tests.support.whole_platform import (
    execute,
    ledger_of,
    mart,
    rows,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]


def test_the_next_good_run_goes_on(settings: Settings, changed: object) -> None:
    assert mart(settings) == ledger_of(settings)


def test_net_sales_equal_the_ledger_after_refund_cancellation_and_late_update(
    settings: Settings, changed: tuple[dict[tuple[str, str], tuple[Decimal, ...]], ...]
) -> None:
    before, after = changed
    assert after != before
    assert mart(settings) == after


def test_a_day_is_built_again_from_the_launchpad(settings: Settings, changed: object) -> None:
    ((day, orders),) = rows(
        settings, "select order_date::text, count(*) from marts.fct_orders group by 1 order by 2 desc limit 1"
    )
    execute(settings, f"delete from marts.fct_orders where order_date = '{day}'")
    run_id = launch(settings.dagster_url, "backfill", f"first_day: '{day}'\nlast_day: '{day}'\n")
    api = DagsterApi(settings.dagster_url)

    def require_end() -> None:
        assert (status := api.status(run_id)) in FINISHED, f"the run is {status}"

    wait_until(require_end, "the backfill", seconds=500)
    assert api.status(run_id) is DagsterRunStatus.SUCCESS
    assert rows(settings, f"select count(*) from marts.fct_orders where order_date = '{day}'") == [(orders,)]
    assert mart(settings) == ledger_of(settings)
