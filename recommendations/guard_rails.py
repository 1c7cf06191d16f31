"""Do personal recommendations do harm? Compares the arms of the experiment over the last days.

Two-proportion z-test with pooled variance, one-sided: NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

DAYS = 14
FEWEST_VISITORS = 200  # of each arm; with fewer nothing is compared
SIGNIFICANT = 0.01  # p-value below which a difference is reported as harm
# column of marts.mart_experiment_daily -> in words
OUTCOMES = {"clicking_visitors_count": "click a recommendation", "buying_visitors_count": "buy"}


@dataclass(frozen=True)
class ArmComparison:
    """One outcome in both arms."""

    outcome: str  # in words, from OUTCOMES
    treatment: float  # share of the visitors with this outcome, 0..1
    control: float
    p_value: float  # chance of a treatment at least this bad if the arms did not differ

    @property
    def is_harm(self) -> bool:
        """Whether the treatment is worse by more than chance."""
        return self.p_value < SIGNIFICANT

    @property
    def message(self) -> str:
        """Both shares and the p-value as a clause."""
        return (
            f"{self.treatment:.2%} of the visitors with personal recommendations {self.outcome}, "
            f"{self.control:.2%} of those without (p = {self.p_value:.3f})"
        )


@dataclass(frozen=True)
class GuardRails:
    """The comparison of every outcome; empty while an arm has too few visitors."""

    comparisons: list[ArmComparison]

    @property
    def hold(self) -> bool:
        """Whether no outcome shows harm."""
        return not any(comparison.is_harm for comparison in self.comparisons)

    @property
    def message(self) -> str:
        """The result as a sentence for an operator."""
        if not self.comparisons:
            return (
                f"Nothing to compare: an arm has fewer than {FEWEST_VISITORS} visitors in {DAYS} days. "
                "COMPTOIR_CONTROL_SHARE sets the share of visitors without personal recommendations."
            )
        compared = "; ".join(comparison.message for comparison in self.comparisons)
        if self.hold:
            return f"No harm in {DAYS} days: {compared}."
        return f"Personal recommendations do harm: {compared}. See the model's evaluations in ops.model_evaluations."


def guard_rails_of(arms: Mapping[str, Sequence[int]]) -> GuardRails:
    """Compare the arms: arm -> [its visitors, then the visitors with each outcome in the order of OUTCOMES]."""
    treatment, control = arms.get("treatment"), arms.get("control")
    if treatment is None or control is None or min(treatment[0], control[0]) < FEWEST_VISITORS:
        return GuardRails([])
    return GuardRails(
        [
            compare(outcome, (treatment[place], treatment[0]), (control[place], control[0]))
            for place, outcome in enumerate(OUTCOMES.values(), start=1)
        ]
    )


def compare(outcome: str, treatment: tuple[int, int], control: tuple[int, int]) -> ArmComparison:
    """Compare one outcome; each arm is given as (visitors with the outcome, all visitors)."""
    (did, visitors), (did_without, visitors_without) = treatment, control
    ours, theirs = did / visitors, did_without / visitors_without
    pooled = (did + did_without) / (visitors + visitors_without)
    deviation = sqrt(pooled * (1 - pooled) * (1 / visitors + 1 / visitors_without))
    p_value = NormalDist().cdf((ours - theirs) / deviation) if deviation else 0.5
    return ArmComparison(outcome, ours, theirs, p_value)
