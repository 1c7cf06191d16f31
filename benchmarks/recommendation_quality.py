"""How good the recommendations are, measured by a yardstick on real visits; and the processor time of a list.

The yardstick (see yardstick_shop.py) calls `Recommender`, the stream's own counts and scores in memory, by
`--callable benchmarks.recommendation_quality:Recommender`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.yardstick_shop import REES46, YardstickEvent, YardstickShop, find_yardstick, load_yardstick
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from recommendations.scoring import for_visitors
from recommendations.session_counts import ProductEvent

CALLABLE = f"{__name__}:Recommender"
VISITOR = "visitor"
TEST_DAYS = {REES46: 7, "serenade_example": 7, "yoochoose100k": 1}  # data set -> days that leave a training part
METRICS = {"HR@20": 0.630, "MRR@20": 0.270, "HR@20_new": 0.565}  # -> target on REES46
ABOVE_BLEND = 1.05  # target ratio to the yardstick's blend
DELAYS = (0, 1, 86_400)  # seconds until an event counts; the last stands for a nightly table
MICRO_BATCH = 1_000  # visitors

Measured = Mapping[str, float]


class Recommender:
    """The interface that the yardstick calls."""

    def fit(self, events: Sequence[YardstickEvent]) -> None:
        """Learn the training part, events in order of time."""
        self.shop = YardstickShop(events)

    def update(self, event: YardstickEvent) -> None:
        """Learn one more event."""
        self.shop.update(event)

    def recommend(self, prefix: Sequence[tuple[str, float, str]], k: int) -> list[str]:
        """The list after the events `prefix` (item, epoch seconds, type), oldest first; at most LIST_LENGTH long."""
        recent = [self.shop.product_event(VISITOR, *step) for step in prefix]
        return for_visitors({VISITOR: recent}, self.shop.counts)[VISITOR].product_ids[:k]


def measure() -> list[Figure]:
    """Every figure of the family `quality`; about five minutes. Raises CannotMeasure without the yardstick."""
    yardstick, data = find_yardstick()
    figures: list[Figure] = []
    for name, days in TEST_DAYS.items():
        if (data / name).exists():
            figures += _against_others(yardstick, data / name, days)
    return [*figures, *_freshness(yardstick, data / REES46), _cost(yardstick, data / REES46)]


def _against_others(yardstick: Path, data: Path, days: int) -> Iterator[Figure]:
    is_ours = data.name == REES46  # the blend takes minutes on the others
    arguments = ["--data", str(data), "--test-days", str(days), "--algo", "vmis,blend" if is_ours else "vmis"]
    *others, ours = _run(yardstick, arguments)
    for metric, target in METRICS.items():
        name = f"{metric}, {data.name}"
        note = "baseline: the yardstick's VMIS-kNN"
        yield Figure(name, "share", ours[metric], others[0][metric], target if is_ours else None, note=note)
        if is_ours:
            note = "baseline: the yardstick's blend of VMIS-kNN, sequential rules and category popularity"
            name += ", compared with the blend"
            yield Figure(name, "share", ours[metric], others[1][metric], ABOVE_BLEND, target_on="ratio", note=note)


def _freshness(yardstick: Path, data: Path) -> Iterator[Figure]:
    """Test, then train, event by event: what it is worth that an event counts at once."""
    at_once, after_a_second, nightly = (
        _run(yardstick, ["--data", str(data), "--mode", "stream", "--delay", str(delay)])[-1]["HR@20"]
        for delay in DELAYS
    )
    name = f"HR@20, {data.name}, in order of time"
    yield Figure(f"{name}, counted at once", "share", at_once, nightly, note="baseline: counted a day later")
    yield Figure(
        f"{name}, counted after a second",
        "share",
        after_a_second,
        nightly,
        round(at_once - 0.005, 4),
        note="baseline: counted a day later; target: counted at once, less .005",
    )


def _cost(yardstick: Path, data: Path) -> Figure:
    """Processor time of one list, in micro-batches of visitors with visits of all lengths."""
    ruler = load_yardstick(yardstick)
    train, test = ruler.split(ruler.load(str(data)), TEST_DAYS[REES46])
    shop = YardstickShop(train)
    visits: dict[str, list[ProductEvent]] = {}
    prefixes: list[list[ProductEvent]] = []
    for event in test:
        visit = visits.setdefault(event["session"], [])
        visit.append(shop.product_event(event["session"], event["item"], event["ts"], event["type"]))
        prefixes.append(list(visit))
    batches = [prefixes[start : start + MICRO_BATCH] for start in range(0, len(prefixes), MICRO_BATCH)]
    spent = []
    for _ in range(2):  # the first round fills the neighbour lists, as they are in a running stream
        began = time.process_time()
        for batch in batches:
            for_visitors({str(number): visit for number, visit in enumerate(batch)}, shop.counts)
        spent.append(time.process_time() - began)
    note = f"micro-batches of {MICRO_BATCH:,} visitors, one process; counting and writing not included"
    return Figure("list made, per visitor", "µs", spent[-1] / len(prefixes) * 1e6, None, 300, "at_most", note=note)


def _run(yardstick: Path, arguments: Sequence[str]) -> list[Measured]:
    """The yardstick's results for its own algorithms and, last, for ours. Raises SystemExit when it fails."""
    command = [sys.executable, str(yardstick), "eval", "--json", "--callable", CALLABLE, *arguments]
    environment = child_environment({"PYTHONPATH": str(REPOSITORY)})
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The yardstick {yardstick} failed with {arguments}: {done.stderr[-1000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]
