"""The fit of the recommendation weights finds the weights that made the choices, and measures them as rankings."""

from __future__ import annotations

import numpy as np
import pytest

from recommendations.features import FEATURES
from recommendations.fit import Steps, fitted, weights_file
from recommendations.weights import WEIGHTS


def choices(true: np.ndarray, steps: int = 4_000, of: int = 12) -> Steps:
    """Steps whose next product was drawn from a conditional logit with the weights `true`."""
    random = np.random.default_rng(7)
    x = random.normal(size=(steps, of, len(true)))
    chosen = (x @ true + random.gumbel(size=(steps, of))).argmax(axis=1)
    step = np.repeat(np.arange(steps), of)
    looked_at = (np.arange(of) == chosen[:, None]).ravel()
    return Steps(step, x.reshape(-1, len(true)).astype(np.float32), looked_at, np.ones(steps, bool))


def test_the_weights_that_made_the_choices_are_found_also_from_a_sample_of_the_candidates() -> None:
    true = np.array([1.0, -0.5, 0.0])
    assert fitted([choices(true)], ridge=0.0) == pytest.approx(true, abs=0.08)


def test_figures_are_those_of_the_ranking() -> None:
    steps = choices(np.array([3.0]), steps=500, of=40)
    good, none = steps.measured(np.array([1.0])), steps.measured(np.array([0.0]))
    assert good["HR@20"] > 0.95 and good["MRR@20"] > 0.4
    assert none == {"HR@20": 0.0, "MRR@20": 0.0, "HR@20_new": 0.0}  # equals stand before the target


def test_the_committed_weights_are_as_the_fit_writes_them() -> None:
    written: dict[str, dict[str, tuple[float, ...]]] = {}
    exec(weights_file(np.array([WEIGHTS[name] for name in FEATURES]).T.ravel()), written)
    assert written["WEIGHTS"] == WEIGHTS
