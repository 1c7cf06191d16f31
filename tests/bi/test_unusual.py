"""Unusual days: planted ones are found with what moved, and quiet weeks stay quiet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bi.unusual import FEWEST_DAYS, unusual_days
from tests.support.planted_days import ANOMALIES, DAYS, planted_days


@pytest.mark.parametrize("seed", range(4))
def test_twelve_planted_anomalies_are_found_with_what_moved(seed: int) -> None:
    found, false_alarms = 0, 0
    for figure, dimensions in planted_days(seed).items():
        planted = {DAYS[one.day].date(): one for one in ANOMALIES if one.figure == figure}
        alarms = {one.day: one for one in unusual_days(dimensions)}
        false_alarms += len(alarms.keys() - planted.keys())
        for day, one in planted.items():
            if day in alarms and (alarms[day].dimension, alarms[day].part) == (one.dimension, one.part):
                assert (alarms[day].part_change > 0) == (one.times > 1)
                found += 1
    assert found >= 10
    assert false_alarms <= 2


def test_ninety_days_without_an_anomaly_are_quiet() -> None:
    alarms = [
        len(unusual_days(dimensions))
        for seed in range(4)
        for dimensions in planted_days(seed, with_anomalies=False).values()
    ]
    assert max(alarms) <= 1 and sum(alarms) <= 2


def test_a_day_on_which_everything_halved_has_no_dimension() -> None:
    dimensions = planted_days(1, with_anomalies=False)["sessions"]
    for frame in dimensions.values():
        frame.iloc[40] /= 2
    alarm = next(one for one in unusual_days(dimensions) if one.day == DAYS[40].date())
    assert alarm.dimension is None and alarm.part is None
    assert alarm.change == pytest.approx(-0.5, abs=0.1)


def test_figures_that_never_move_or_hardly_exist_raise_no_alarm() -> None:
    steady = pd.DataFrame({"web": np.full(90, 100.0), "till": np.where(np.arange(90) % 9 == 0, 12.0, 0.0)}, DAYS)
    assert unusual_days({"channel": steady}) == []
    steady.loc[DAYS[50], "web"] = 40.0
    (alarm,) = unusual_days({"channel": steady})
    assert alarm.day == DAYS[50].date() and alarm.change == pytest.approx(-0.6, abs=0.02)


def test_few_days_say_nothing_and_a_figure_needs_a_dimension() -> None:
    short = {name: frame.iloc[: FEWEST_DAYS - 1] for name, frame in planted_days(0)["sessions"].items()}
    assert unusual_days(short) == []
    with pytest.raises(ValueError, match="without a dimension"):
        unusual_days({})
