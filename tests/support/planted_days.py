"""Ninety days of a shop's visits and sales with twelve planted anomalies, for the search of unusual days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

DAYS = pd.date_range("2026-07-01", periods=90)
WEEK = np.array([1.0, 0.95, 0.97, 1.02, 1.15, 1.35, 1.2])
SESSIONS = {
    "channel": {"Search": 0.38, "Direct": 0.24, "Paid": 0.16, "Email": 0.12, "Social": 0.1},
    "device_type": {"mobile": 0.58, "desktop": 0.36, "tablet": 0.06},
}
SALES = {
    "category": {"Phones": 0.34, "Laptops": 0.3, "Audio": 0.16, "TV": 0.12, "Cables": 0.08},
    "country_code": {"FR": 0.62, "BE": 0.2, "CH": 0.18},
}


@dataclass(frozen=True)
class Planted:
    """On `day` (place in DAYS) the figure of `part` was `times` what it would have been."""

    what: str
    figure: str
    day: int
    dimension: str
    part: str
    times: float


ANOMALIES = (
    Planted("the newsletter was not sent", "sessions", 9, "channel", "Email", 0.1),
    Planted("a price slipped to a tenth", "sales", 15, "category", "Laptops", 0.1),
    Planted("a wave of bots", "sessions", 22, "channel", "Direct", 2.2),
    Planted("the tracker was lost on phones", "sessions", 29, "device_type", "mobile", 0.15),
    Planted("payment failed in a country", "sales", 36, "country_code", "BE", 0.05),
    Planted("a category was out of stock", "sales", 43, "category", "Audio", 0.1),
    Planted("a post was shared", "sessions", 50, "channel", "Social", 2.6),
    Planted("a campaign was switched off", "sessions", 57, "channel", "Paid", 0.1),
    Planted("a reseller ordered", "sales", 64, "category", "TV", 3.2),
    Planted("the page was broken on desktops", "sessions", 71, "device_type", "desktop", 0.3),
    Planted("a flash sale abroad", "sales", 78, "country_code", "CH", 2.4),
    Planted("prices were published in cents", "sales", 85, "category", "Phones", 0.05),
)


def planted_days(seed: int, *, with_anomalies: bool = True) -> dict[str, dict[str, pd.DataFrame]]:
    """Return per figure (`sessions`, `sales` in euros) a frame per dimension: a row per day, a column per value."""
    chance = np.random.default_rng(seed)
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for figure, shares, mean, basket in (("sessions", SESSIONS, 4000.0, 1.0), ("sales", SALES, 260.0, 180.0)):
        (one, ones), (other, others) = shares.items()
        cells = np.outer(list(ones.values()), list(others.values()))
        season = (
            WEEK[DAYS.dayofweek] * (1 + 0.2 * np.sin(np.arange(len(DAYS)) / 30)) * chance.lognormal(0, 0.05, len(DAYS))
        )
        expected = mean * season[:, None, None] * cells * chance.lognormal(0, 0.05, (len(DAYS), *cells.shape))
        for planted in ANOMALIES if with_anomalies else ():
            if planted.figure == figure:
                name = planted.dimension
                place = list(shares[name]).index(planted.part)
                where = (planted.day, place) if name == one else (planted.day, slice(None), place)
                expected[where] *= planted.times
        amounts = _amounts(chance, chance.poisson(expected), basket)
        found[figure] = {
            one: pd.DataFrame(amounts.sum(axis=2), DAYS, list(ones)),
            other: pd.DataFrame(amounts.sum(axis=1), DAYS, list(others)),
        }
    return found


def _amounts(chance: np.random.Generator, counts: npt.NDArray[np.int64], basket: float) -> npt.NDArray[np.float64]:
    """Return counts themselves, or the sums of as many baskets, which differ as orders do."""
    if basket == 1.0:
        return counts.astype(float)
    return chance.gamma(np.maximum(counts, 1e-9) * 1.5, basket / 1.5)
