"""Unusual days of a figure, and the dimension that moved most on them. Pure: frames in, days out.

A day is compared with its level (the median of the days around it) and its weekday (the median over the weeks), on the
square-root scale, on which counts and sums of orders vary alike at every height. How far it is away is the modified
z-score of Iglewicz & Hoaglin (1993), which a few wild days do not widen; medians stand for the trend as in Seasonal
Hybrid ESD (Hochenbaum, Vallis & Kejariwal 2017). The dimension is chosen as in Adtributor (Bhagwan et al., NSDI 2014):
the one whose shares are the most surprising, and in it the part that surprises most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

WEEKS = 13  # that a search looks at
FEWEST_DAYS = 28  # with less than four of each weekday, a median is anybody's guess
AROUND = 15  # days of a level: longer than a sale, shorter than a season
FURTHEST_USUAL = 5.5  # 3.5 is usual for one look; a page looks at dozens of parts on ninety days
LEAST_MOVE = 0.05  # of the whole: what moves it less need not be told
SMALLEST_PART = 0.02  # of the whole
MOST_ZEROS = 0.1  # of the days: a part that is often zero jumps with each order
SURPRISING = 6.0  # times the usual surprise of a dimension; below, all its parts moved alike
NARROWEST = 0.02  # of the median root: for a figure that hardly moves, every move would be far
TINY = 1e-9
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnusualDay:
    """A day whose figure was far from what its weekday and the days around it let expect.

    `dimension` and `part` name what moved most, None where all moved alike. `change` is that of the whole against what
    was expected, `part_change` the part's own: -0.4 is 40 % below.
    """

    day: date
    change: float
    dimension: str | None
    part: str | None
    part_change: float


def unusual_days(dimensions: Mapping[str, pd.DataFrame]) -> list[UnusualDay]:
    """Return the unusual days, oldest first; none where there are fewer than FEWEST_DAYS.

    `dimensions` has a frame each: a row per day without gaps, a column per part; all add up to the same whole. Raises
    ValueError when there is none.
    """
    if not dimensions:
        raise ValueError("A figure without a dimension cannot be explained.")
    frames = {name: frame.clip(lower=0).astype(float) for name, frame in dimensions.items()}
    whole = next(iter(frames.values())).sum(axis="columns").to_frame()
    if len(whole) < FEWEST_DAYS:
        return []
    usual_whole, score = expectation(whole)
    height = np.maximum(usual_whole, TINY)
    found = _is_far(whole, usual_whole, score, height)
    expected = {}
    for name, frame in frames.items():
        expected[name], score = expectation(frame)
        found |= _is_far(frame, expected[name], score, height)
    surprises = {name: _surprise(frame.to_numpy(), expected[name]) for name, frame in frames.items()}
    usual = {name: max(float(np.median(parts.sum(axis=1))), TINY) for name, parts in surprises.items()}
    changes = whole.to_numpy() / height - 1
    days = []
    for place in np.flatnonzero(found):
        day, change = pd.Timestamp(whole.index[place]).date(), float(changes[place, 0])
        name = max(surprises, key=lambda one: surprises[one][place].sum() - usual[one])
        if surprises[name][place].sum() < SURPRISING * usual[name]:
            days.append(UnusualDay(day, change, None, None, change))
            continue
        part = int(np.argmax(surprises[name][place]))
        part_change = frames[name].iloc[place, part] / max(expected[name][place, part], TINY) - 1
        days.append(UnusualDay(day, change, name, str(frames[name].columns[part]), float(part_change)))
    return days


def expectation(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return what was to be expected of each day, and the modified z-score of what it was: days by columns each."""
    root = np.sqrt(frame)
    weekday = pd.DatetimeIndex(frame.index).dayofweek
    season = (root - _level(root)).groupby(weekday).transform("median")
    level = _level(root - season)
    season = (root - level).groupby(weekday).transform("median")
    rest = (root - level - season).to_numpy()
    rest = rest - np.median(rest, axis=0)
    away = np.abs(rest)
    middle = np.median(away, axis=0)
    spread = np.where(middle > 0, middle / 0.6745, 1.2533 * away.mean(axis=0))  # both are a normal's deviation
    spread = np.maximum(spread, NARROWEST * np.median(root.to_numpy(), axis=0))
    return np.square(np.maximum((level + season).to_numpy(), 0.0)), rest / np.maximum(spread, TINY)


def _level(root: pd.DataFrame) -> pd.DataFrame:
    return root.rolling(AROUND, center=True, min_periods=AROUND // 2).median()


def _is_far(frame: pd.DataFrame, expected: Floats, score: Floats, height: Floats) -> npt.NDArray[np.bool_]:
    """Tell for each day whether a column is far from what was expected, and large enough for the whole (`height`)."""
    figures = frame.to_numpy()
    moved = np.abs(figures - expected) >= LEAST_MOVE * height
    is_large = expected.mean(axis=0) >= SMALLEST_PART * height.mean()
    is_steady = (figures == 0).mean(axis=0) <= MOST_ZEROS
    far: npt.NDArray[np.bool_] = ((np.abs(score) >= FURTHEST_USUAL) & moved & is_large & is_steady).any(axis=1)
    return far


def _surprise(actual: Floats, expected: Floats) -> Floats:
    """Return each part's summand of the Jensen-Shannon divergence between a day's shares and those expected."""
    before = expected / np.maximum(expected.sum(axis=1, keepdims=True), TINY)
    now = actual / np.maximum(actual.sum(axis=1, keepdims=True), TINY)
    middle = np.maximum((before + now) / 2, TINY)
    parts: Floats = sum(share * np.log(np.maximum(share, TINY) / middle) for share in (before, now)) / 2
    return parts
