from __future__ import annotations

import psycopg
import pytest
from rich.console import Console

from comptoir.settings import Settings
from expectations import gate_log
from expectations.results import GateResult, RuleResult
from local.demo_summary import print_summary
from orchestration.run import RunOutcome, StepOutcome

pytestmark = pytest.mark.services


def test_a_job_that_failed_before_there_were_marts_is_shown_with_its_reason(database: str) -> None:
    failed = StepOutcome("shop_sync", "FAILURE", 1.0, "orders failed: [429] the shop asks to wait")
    outcome = RunOutcome("daily", "run", False, 1.0, "http://127.0.0.1/runs/run", steps=[failed])
    console = Console(record=True, width=200)
    print_summary(Settings(postgres_url=database), outcome, None, console)
    shown = console.export_text()
    assert "failed step shop_sync: orders failed: [429] the shop asks to wait" in shown
    assert "Net sales" not in shown


def test_a_gate_that_only_warned_is_not_shut(database: str) -> None:
    warned = RuleResult("currency_is_one", "raw.orders", "", False, 9, 1, is_blocking=False)
    broken = RuleResult("ids_are_unique", "staging.orders", "order_id", False, 9, 1)
    with psycopg.connect(database) as connection:
        gate_log.write(connection, GateResult("raw", "run", [warned], 1.0))
        gate_log.write(connection, GateResult("staging", "run", [broken], 1.0))
    console = Console(record=True, width=200)
    print_summary(Settings(postgres_url=database), RunOutcome("daily", "run", True, 1.0, "", steps=[]), None, console)
    shown = [line.split()[:2] for line in console.export_text().splitlines() if line.startswith((" raw ", " staging "))]
    assert shown[-2:] == [["raw", "warned"], ["staging", "shut"]]
