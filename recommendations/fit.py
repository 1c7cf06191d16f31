"""Fit the weights of the scores: a conditional logit by maximum likelihood, with a ridge.

See scoring.py for the model. A choice is a step of a visit: the product looked at next, out of its candidates. Of the
other candidates only a sample is used, which leaves the estimate consistent (McFadden, "Modelling the Choice of
Residential Location", 1978). Needs scipy, a dependency of development only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommendations.candidates import Shop, candidates_of
from recommendations.features import FEATURES, Feature
from recommendations.scoring import LIST_LENGTH
from recommendations.session_counts import ProductEvent
from recommendations.visits import visit_of

SAMPLED = 0.35  # share of the candidates that were not looked at next
RIDGE = 1e-3
ITERATIONS = 150  # ends before the optimum, see DECISIONS.md
STEPS_AT_ONCE = 500

Step = tuple[Sequence[ProductEvent], str]  # events of the visit until then, product looked at next


@dataclass(frozen=True)
class Steps:
    """The candidates of many steps; those of a step are adjacent."""

    step: NDArray[np.int64]  # (n_candidates,): the step of each
    wide: NDArray[np.float32]  # (n_candidates, 4 * n_features): features times 1, depth, known and SEEN, see scoring.py
    looked_at: NDArray[np.bool_]  # (n_candidates,): whether it is the product looked at next
    is_new: NDArray[np.bool_]  # (n_steps,): whether the next product was not looked at before

    def measured(self, weights: NDArray[np.float64]) -> dict[str, float]:
        """Hit rate and MRR of lists ranked with `weights` (4 * n_features,), 0..1.

        Candidates with equal scores are ranked before the product looked at; brands are not limited.
        """
        score = self.wide @ weights
        target = np.full(len(self.is_new), -np.inf)
        target[self.step[self.looked_at]] = score[self.looked_at]
        above = np.bincount(self.step, (score >= target[self.step]) & ~self.looked_at, minlength=len(self.is_new))
        rank = np.where(np.isfinite(target), above + 1, np.inf)
        hit = rank <= LIST_LENGTH
        return {
            "HR@20": float(hit.mean()),
            "MRR@20": float(np.where(hit, 1 / rank, 0).mean()),
            "HR@20_new": float(hit[self.is_new].mean()),
        }


def steps_of(steps: Sequence[Step], shop: Shop) -> Steps:
    """The candidates of each step as the counts of `shop` see them."""
    rows, wide, looked_at = [], [], []
    for start in range(0, len(steps), STEPS_AT_ONCE):
        some = steps[start : start + STEPS_AT_ONCE]
        found = candidates_of([visit_of(before) for before, _ in some], shop)
        following = np.array([shop.catalogue.number(product) for _, product in some])
        row, columns = found.row, found.values.T
        rows.append(row + start)
        looked_at.append(found.product == following[row])
        scales = (1, found.depth[row], found.known[row], columns[Feature.SEEN])
        wide.append(np.concatenate([columns * scale for scale in scales]).T.astype(np.float32))
    is_new = np.array([product not in {event.product_id for event in before} for before, product in steps])
    return Steps(np.concatenate(rows), np.concatenate(wide), np.concatenate(looked_at), is_new)


def fitted(folds: Sequence[Steps], ridge: float = RIDGE, seed: int = 1) -> NDArray[np.float64]:
    """The weights (4 * n_features,) that make the products looked at next likeliest, in all folds together.

    Steps whose next product is not among the candidates are left out. `seed` draws the sample of candidates.
    """
    from scipy.optimize import minimize  # not installed where the platform runs

    random = np.random.default_rng(seed)
    choices, wide, looked_at, steps = [], [], [], 0
    for fold in folds:
        reachable = np.zeros(len(fold.is_new), bool)
        reachable[fold.step[fold.looked_at]] = True
        kept = (fold.looked_at | (random.random(len(fold.step)) < SAMPLED)) & reachable[fold.step]
        choices.append(fold.step[kept] + steps)
        wide.append(fold.wide[kept])
        looked_at.append(fold.looked_at[kept])
        steps += len(fold.is_new)
    _, choice = np.unique(np.concatenate(choices), return_inverse=True)
    x, chosen = np.concatenate(wide), np.concatenate(looked_at)
    scale = x.std(axis=0) + 1e-9
    x /= scale
    starts = np.flatnonzero(np.diff(choice, prepend=-1))
    of_chosen = x[chosen].sum(axis=0, dtype=np.float64)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        utility = x @ weights.astype(np.float32)
        highest = np.maximum.reduceat(utility, starts)
        likely = np.exp(utility - highest[choice])
        total = np.add.reduceat(likely, starts)
        likelihood = (utility[chosen] - highest - np.log(total)).sum(dtype=np.float64)
        gradient = of_chosen - (likely / total[choice]) @ x
        return (
            -likelihood / len(starts) + ridge * weights @ weights,
            -gradient / len(starts) + 2 * ridge * weights,
        )

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    return found.x / scale


def weights_file(weights: NDArray[np.float64]) -> str:
    """The text of weights.py for these weights (4 * n_features,)."""
    rows = "\n".join(
        f'    "{name}": ({", ".join(f"{weight:.4f}" for weight in row)}),'
        for name, row in zip(FEATURES, weights.reshape(4, -1).T, strict=True)
    )
    return (
        '"""The weights of scoring.py, per feature base, visit, known and again. '
        'Written by benchmarks/fit_recommendations.py."""\n\n'
        f"WEIGHTS: dict[str, tuple[float, float, float, float]] = {{\n{rows}\n}}\n"
    )
