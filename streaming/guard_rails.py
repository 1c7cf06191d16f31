"""Do personal recommendations harm? The experiment's arms compared, over the last days (marts.mart_experiment_daily).

Two-proportion z-test with pooled variance, one-sided: NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import psycopg

DAYS = 14
FEWEST_VISITORS = 200  # of an arm; with fewer nothing is said
SIGNIFICANT = 0.01
OUTCOMES = {"clicking_visitors_count": "click a recommendation", "buying_visitors_count": "buy"}
SUMS = f"""
    select arm, sum(visitors_count)::bigint, {", ".join(f"sum({name})::bigint" for name in OUTCOMES)}
    from marts.mart_experiment_daily
    where event_date > (select max(event_date) from marts.mart_experiment_daily) - {DAYS}
    group by arm
"""


@dataclass(frozen=True)
class Comparison:
    """One outcome: its share of the visitors in either arm, and how likely so bad a treatment is by chance."""

    outcome: str
    treatment: float
    control: float
    p_value: float

    @property
    def is_harm(self) -> bool:
        return self.p_value < SIGNIFICANT

    @property
    def message(self) -> str:
        return (
            f"{self.treatment:.2%} of the visitors with personal recommendations {self.outcome}, "
            f"{self.control:.2%} of those without (p = {self.p_value:.3f})"
        )


@dataclass(frozen=True)
class GuardRails:
    """Every outcome compared; none while an arm has too few visitors."""

    comparisons: list[Comparison]

    @property
    def hold(self) -> bool:
        return not any(comparison.is_harm for comparison in self.comparisons)

    @property
    def message(self) -> str:
        """One sentence for a person."""
        if not self.comparisons:
            return (
                f"Nothing to compare: an arm has fewer than {FEWEST_VISITORS} visitors in {DAYS} days. "
                "COMPTOIR_CONTROL_SHARE sets how many are kept from personal recommendations."
            )
        told = "; ".join(comparison.message for comparison in self.comparisons)
        if self.hold:
            return f"No harm in {DAYS} days: {told}."
        return f"Personal recommendations harm: {told}. Look at the model's evaluations (ops.model_evaluations)."


def read_guard_rails(database_url: str) -> GuardRails:
    """Compare the arms over the newest DAYS days. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        arms = {row[0]: row[1:] for row in connection.execute(SUMS.encode())}
    treatment, control = arms.get("treatment"), arms.get("control")
    if treatment is None or control is None or min(treatment[0], control[0]) < FEWEST_VISITORS:
        return GuardRails([])
    return GuardRails(
        [
            compare(outcome, (treatment[place], treatment[0]), (control[place], control[0]))
            for place, outcome in enumerate(OUTCOMES.values(), start=1)
        ]
    )


def compare(outcome: str, treatment: tuple[int, int], control: tuple[int, int]) -> Comparison:
    """(how many did, of how many visitors) in either arm."""
    (did, visitors), (did_without, visitors_without) = treatment, control
    ours, theirs = did / visitors, did_without / visitors_without
    pooled = (did + did_without) / (visitors + visitors_without)
    deviation = sqrt(pooled * (1 - pooled) * (1 / visitors + 1 / visitors_without))
    p_value = NormalDist().cdf((ours - theirs) / deviation) if deviation else 0.5
    return Comparison(outcome, ours, theirs, p_value)
