from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from streaming.batch_plans import BatchPlans
from streaming.counter_config import CounterConfig
from streaming.spark import retrying
from streaming.state import StreamName


class Collected:
    """A plan that gives no row."""

    def collect(self) -> list[Any]:
        return []


@pytest.fixture
def shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[BatchPlans, list[str]]:
    """Plans that note their shape; a batch of 100 records and more is spread."""
    plans, chosen = BatchPlans(CounterConfig("none", StreamName("q", "t")), tmp_path, 100, threading.Lock()), []
    for shape in ("in_one_task", "spread"):
        monkeypatch.setattr(plans, shape, lambda batch, shape=shape: chosen.append(shape) or Collected())
    (tmp_path / "offsets").mkdir()
    return plans, chosen


def reach(folder: Path, batch: int, *ends: int) -> None:
    """Spark's log of offsets for a batch that ends there, by partition."""
    offsets = ",".join(f'"{partition}":{end}' for partition, end in enumerate(ends))
    (folder / "offsets" / str(batch)).write_text(f'v1\n{{"batchWatermarkMs":0}}\n{{"t":{{{offsets}}}}}')


def test_the_size_of_a_batch_decides_its_shape(shapes: tuple[BatchPlans, list[str]], tmp_path: Path) -> None:
    plans, chosen = shapes
    for batch, ends in enumerate([(1000, 1000), (1050, 1049), (1100, 1100), (1100, 1101, 99)]):
        reach(tmp_path, batch, *ends)
        plans.run(None, batch)  # type: ignore[arg-type]
    assert chosen == ["in_one_task", "in_one_task", "spread", "spread"]


def test_without_sparks_log_a_batch_is_one_task(shapes: tuple[BatchPlans, list[str]]) -> None:
    plans, chosen = shapes
    plans.run(None, 7)  # type: ignore[arg-type]
    assert chosen == ["in_one_task"]


def test_a_local_master_runs_a_failed_task_again() -> None:
    assert retrying("local[2]") == "local[2, 4]"
    assert retrying("local[*]") == "local[*, 4]"
    assert retrying("local[2,9]") == "local[2,9]"
    assert retrying("spark://host:7077") == "spark://host:7077"
