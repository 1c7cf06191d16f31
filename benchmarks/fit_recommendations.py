"""Fit the weights of the scores on real visits: `python -m benchmarks.fit_recommendations YARDSTICK DATA`.

Only the yardstick's training part is used. Its last week is predicted from the weeks before, and the week before that
from the days before it: visits that the counts do not know yet, as in the shop.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.yardstick_shop import YardstickShop, load_yardstick
from comptoir.repository import REPOSITORY
from recommendations.fit import Step, Steps, fitted, steps_of, weights_file
from recommendations.session_counts import ProductEvent

WEIGHTS_FILE = REPOSITORY / "recommendations" / "weights.py"
TEST_DAYS = 7


def fold_of(yardstick: ModuleType, train: list[dict[str, Any]], test: list[dict[str, Any]]) -> Steps:
    """Every step of the test visits as the counts of `train` see it."""
    shop = YardstickShop(train)
    test = yardstick.clean([event for event in test if event["item"] in shop.category])
    visits: dict[str, list[ProductEvent]] = defaultdict(list)
    steps: list[Step] = []
    for event in test:
        made = shop.product_event(event["session"], event["item"], event["ts"], event["type"])
        if before := visits[made.session_id]:
            steps.append((list(before), made.product_id))
        before.append(made)
    return steps_of(steps, shop.counts)


def main(
    yardstick: Annotated[Path, typer.Argument(help="path of recs_yardstick.py")],
    data: Annotated[Path, typer.Argument(help="folder of events, with category, brand and price")],
) -> None:
    """Fit on the earlier of two weeks, print how well it predicts the later one; then fit on both, write weights."""
    ruler = load_yardstick(yardstick)
    train, _ = ruler.split(ruler.load(str(data)), TEST_DAYS)
    later = ruler.split(train, TEST_DAYS)
    earlier = ruler.split(later[0], TEST_DAYS)
    validation, fold = fold_of(ruler, *later), fold_of(ruler, *earlier)
    measured = validation.measured(fitted([fold]))
    figures = ", ".join(f"{name} {value:.4f}" for name, value in measured.items())
    Console().print(f"Validation, a week held back from the training part: {figures}.")
    WEIGHTS_FILE.write_text(weights_file(fitted([fold, validation])))
    Console().print(f"Wrote {WEIGHTS_FILE.relative_to(REPOSITORY)}.")


if __name__ == "__main__":
    typer.run(main)
