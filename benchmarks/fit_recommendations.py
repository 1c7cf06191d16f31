"""Fit the weights of the scores on real visits: `python -m benchmarks.fit_recommendations YARDSTICK DATA`.

Only the yardstick's training part is touched. Of it, the last week is predicted from the weeks before, and the week
before that from the days before it: visits that the counts do not know, as in the shop. The weights are those of a
conditional logit (McFadden), by maximum likelihood with a ridge; the choice set is a sample of the candidates.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize

from benchmarks.yardstick_shop import YardstickShop, load_yardstick
from comptoir.settings import REPOSITORY
from recommendations.features import FEATURES, Feature, candidates
from recommendations.session_counts import ProductEvent
from recommendations.visits import visit_of

WEIGHTS_FILE = REPOSITORY / "streaming" / "model_weights.py"
TEST_DAYS = 7
SAMPLED = 0.35  # of the candidates that were not looked at next
RIDGE = 1e-3
LIST_LENGTH = 20


@dataclass(frozen=True)
class Steps:
    """Candidates of many steps, rows of a step adjacent; `wide` is rows x (4 x FEATURES), `looked_at` the next one."""

    step: NDArray[np.int64]
    wide: NDArray[np.float32]
    looked_at: NDArray[np.bool_]
    is_new: NDArray[np.bool_]  # per step: the next product was not seen before

    def measured(self, weights: NDArray[np.float64]) -> dict[str, float]:
        """The yardstick's figures for these weights, 0..1; ties count against us, no cap per brand."""
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


def steps_of(yardstick: ModuleType, train: list[dict[str, Any]], test: list[dict[str, Any]]) -> Steps:
    """Every step of the test visits as the counts of `train` see it."""
    shop = YardstickShop(train)
    test = yardstick.clean([event for event in test if event["item"] in shop.category])
    visits: dict[str, list[ProductEvent]] = defaultdict(list)
    steps: list[tuple[list[ProductEvent], str]] = []
    for event in test:
        made = shop.product_event(event["session"], event["item"], event["ts"], event["type"])
        if before := visits[made.session_id]:
            steps.append((list(before), made.product_id))
        before.append(made)
    rows, wide, looked_at = [], [], []
    for start in range(0, len(steps), 500):
        some = steps[start : start + 500]
        found = candidates([visit_of(before) for before, _ in some], shop.counts)
        wanted = np.array([shop.counts.catalogue.number(product) for _, product in some])
        row, columns = found.row, found.values.T
        rows.append(row + start)
        looked_at.append(found.product == wanted[row])
        scales = (1, found.depth[row], found.known[row], columns[Feature.SEEN])
        wide.append(np.concatenate([columns * scale for scale in scales]).T.astype(np.float32))
    is_new = np.array([product not in {event.product_id for event in before} for before, product in steps])
    return Steps(np.concatenate(rows), np.concatenate(wide), np.concatenate(looked_at), is_new)


def fitted(folds: list[Steps], ridge: float = RIDGE, seed: int = 1) -> NDArray[np.float64]:
    """The weights under which the products looked at were likeliest."""
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
        whole = np.add.reduceat(likely, starts)
        likelihood = (utility[chosen] - highest - np.log(whole)).sum(dtype=np.float64)
        gradient = of_chosen - (likely / whole[choice]) @ x
        return (
            -likelihood / len(starts) + ridge * weights @ weights,
            -gradient / len(starts) + 2 * ridge * weights,
        )

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return found.x / scale


def weights_file(weights: NDArray[np.float64]) -> str:
    """The module that the scores import."""
    rows = "\n".join(
        f'    "{name}": ({", ".join(f"{weight:.4f}" for weight in row)}),'
        for name, row in zip(FEATURES, weights.reshape(4, -1).T, strict=True)
    )
    return (
        '"""The weights of scoring.py: per feature base, visit, known and again. '
        'Written by benchmarks/fit_recommendations.py."""\n\n'
        f"WEIGHTS: dict[str, tuple[float, float, float, float]] = {{\n{rows}\n}}\n"
    )


def main(
    yardstick: Annotated[Path, typer.Argument(help="path of recs_yardstick.py")],
    data: Annotated[Path, typer.Argument(help="folder of events, with category, brand and price")],
) -> None:
    """Fit on the earlier of two weeks and tell what the later one says; then fit on both and write the weights."""
    ruler = load_yardstick(yardstick)
    train, _ = ruler.split(ruler.load(str(data)), TEST_DAYS)
    later = ruler.split(train, TEST_DAYS)
    earlier = ruler.split(later[0], TEST_DAYS)
    validation, fold = steps_of(ruler, *later), steps_of(ruler, *earlier)
    told = validation.measured(fitted([fold]))
    figures = ", ".join(f"{name} {value:.4f}" for name, value in told.items())
    Console().print(f"Validation, a week held back from the training part: {figures}.")
    WEIGHTS_FILE.write_text(weights_file(fitted([fold, validation])))
    Console().print(f"Wrote {WEIGHTS_FILE.relative_to(REPOSITORY)}.")


if __name__ == "__main__":
    typer.run(main)
