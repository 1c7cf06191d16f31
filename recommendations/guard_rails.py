"""Do personal recommendations harm? The experiment's arms compared, over the last days.

Two-proportion z-test with pooled variance, one-sided: NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

DAYS = 14
FEWEST_VISITORS = 200  # of an arm; with fewer nothing is said
SIGNIFICANT = 0.01
OUTCOMES = {"clicking_visitors_count": "click a recommendation", "buying_visitors_count": "buy"}


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


def guard_rails_of(arms: Mapping[str, Sequence[int]]) -> GuardRails:
    """Compare the arms: per arm its visitors, then how many of them had each outcome, in the order of OUTCOMES."""
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
