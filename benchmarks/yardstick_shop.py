"""A shop in memory fed with the yardstick's events: the stream's own counts and scores, without Kafka and Postgres.

The yardstick is a script, recs_yardstick.py, that is not part of this repository. Its events are dicts: session, item,
ts (epoch seconds), type, category, brand and price (texts, "" = unknown).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.figure import CannotMeasure
from benchmarks.settings import BenchmarkSettings
from recommendations.catalogue import ProductCard
from recommendations.session_counts import ProductEvent, pair_changes, product_counts, session_pairs
from recommendations.shop_counts import ShopCounts

REES46 = "rees46_electronics"  # a shop like ours; the weights were fitted on its training part
KINDS = {"view": "view", "cart": "cart", "addtocart": "cart", "purchase": "purchase", "transaction": "purchase"}

YardstickEvent = Mapping[str, Any]


class YardstickShop:
    """Counts of the events so far; each session is a visitor, because the yardstick's data have no visitors."""

    def __init__(self, history: Iterable[YardstickEvent]) -> None:
        """Count the history: at least one event, ordered by time."""
        events = list(history)
        self.counts = ShopCounts(datetime.fromtimestamp(events[-1]["ts"], UTC))
        self.category: dict[str, str] = {}
        self.sessions: dict[str, list[ProductEvent]] = {}
        self._ids = count()
        self._introduce(events)
        for event in events:
            made = self.product_event(event["session"], event["item"], event["ts"], event["type"])
            self.sessions.setdefault(made.session_id, []).append(made)
        for session in self.sessions.values():
            self.counts.add_pairs(session_pairs(session))
        everything = [event for session in self.sessions.values() for event in session]
        self.counts.add_counts(product_counts(everything), self.counts.clock)

    def update(self, event: YardstickEvent) -> None:
        """Count one more event, as a micro-batch of one."""
        if event["item"] not in self.category:
            self._introduce([event])
        made = self.product_event(event["session"], event["item"], event["ts"], event["type"])
        session = self.sessions.setdefault(made.session_id, [])
        self.counts.add_pairs(pair_changes(session, [*session, made]))
        session.append(made)
        self.counts.add_counts(product_counts([made]), made.occurred_at)

    def product_event(self, session: str, item: str, seconds: float, kind: str) -> ProductEvent:
        """An event of the yardstick as a product event; ids count up, so that events of one second keep their order."""
        return ProductEvent(
            event_id=f"{next(self._ids):012d}",
            product_id=item,
            visitor_id=session,
            session_id=session,
            kind=KINDS.get(kind, "view"),
            category=self.category.get(item, ""),
            occurred_at=datetime.fromtimestamp(seconds, UTC),
        )

    def _introduce(self, events: Iterable[YardstickEvent]) -> None:
        described = {}
        for event in events:
            item, price = event["item"], event["price"]
            described[item] = ProductCard(
                item, None, event["category"] or None, event["brand"] or None, float(price) if price else None
            )
            self.category[item] = event["category"]
        for item in described.keys() - self.counts.similar.keys():
            self.counts.hold(item)
        self.counts.catalogue.describe([described[item] for item in sorted(described)])


def find_yardstick() -> tuple[Path, Path]:
    """The yardstick's script and its folder of data sets. Raises CannotMeasure when they are not set or not there."""
    settings = BenchmarkSettings()
    script, data = settings.yardstick, settings.yardstick_data
    if script is None or data is None or not script.exists() or not (data / REES46).exists():
        raise CannotMeasure(
            f"set COMPTOIR_YARDSTICK to recs_yardstick.py and COMPTOIR_YARDSTICK_DATA to a folder with {REES46}/."
        )
    return script, data


def load_yardstick(path: Path) -> ModuleType:
    """The yardstick's module, with its functions load, split and clean. Raises SystemExit when there is none."""
    spec = importlib.util.spec_from_file_location("recs_yardstick", path)
    if spec is None or spec.loader is None or not path.exists():
        raise SystemExit(f"{path} is not the yardstick: pass the path of recs_yardstick.py.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
