from __future__ import annotations

import pytest
from rich.console import Console

from comptoir.settings import Settings
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
