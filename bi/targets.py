"""What the shop wants to reach: `targets.yml`, by metric."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from bi.figures import is_sum
from bi.metrics import Metric
from bi.periods import Period

TARGETS_FILE = Path(__file__).with_name("targets.yml")


@cache
def targets() -> dict[str, float]:
    """Read the targets by metric."""
    return msgspec.yaml.decode(TARGETS_FILE.read_bytes(), type=dict[str, float])


def target_of(metric: Metric, period: Period | None) -> float | None:
    """Return the target over the period, or a day's: sums have one a day, shares and means the same for any days."""
    target = targets().get(metric.name)
    return target * period.days if target is not None and period and is_sum(metric) else target
