"""Recommendations through the real way beside the scores in memory: `make bench ONLY=replay` (about four minutes).

The yardstick's training part goes through Kafka and the stream, then its test sessions in rounds: every session's next
event into Kafka, wait for the stream, read serving.recommendations, look for the event that comes after. The twin in
memory learns the same events in the same rounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console

from benchmarks.figure import CannotMeasure, Figure
from benchmarks.recommendation_quality import SHOP, TEST_DAYS
from benchmarks.services import Services, measuring_services
from benchmarks.settings import BenchmarkSettings
from benchmarks.support.clicks import as_records
from benchmarks.support.kafka_records import produce
from benchmarks.support.stream_process import StreamProcess
from benchmarks.yardstick_shop import YardstickEvent, YardstickShop, load_yardstick
from recommendations.scoring import for_visitors
from recommendations.session_counts import IN_ORDER, ProductEvent
from recommendations.visits import RECENT_EVENTS

TOPIC = "bench.replay"
AGREEMENT = 0.01
LISTS = """
    select visitor_id, product_ids from serving.recommendation_lists where slot = 'home' and visitor_id = any(%s)
"""


@dataclass
class Hits:
    """Steps looked at, and where the next item stood in the lists."""

    steps: int = 0
    found: int = 0
    reciprocal_ranks: float = 0.0

    def look(self, listed: Sequence[str], wanted: str) -> None:
        self.steps += 1
        if wanted in listed:
            self.found += 1
            self.reciprocal_ranks += 1 / (listed.index(wanted) + 1)

    @property
    def metrics(self) -> dict[str, float]:
        return {"HR@20": self.found / self.steps, "MRR@20": self.reciprocal_ranks / self.steps}


def measure() -> list[Figure]:
    """Every figure of the family `replay`. Raises CannotMeasure without a yardstick."""
    settings = BenchmarkSettings()
    yardstick, data = settings.yardstick, settings.yardstick_data
    if yardstick is None or data is None or not yardstick.exists() or not (data / SHOP).exists():
        raise CannotMeasure(
            f"set COMPTOIR_YARDSTICK to recs_yardstick.py and COMPTOIR_YARDSTICK_DATA to a folder with {SHOP}/."
        )
    ruler = load_yardstick(yardstick)
    train, test = ruler.split(ruler.load(str(data / SHOP)), TEST_DAYS[SHOP])
    known = {event["item"] for event in train}
    test = ruler.clean([event for event in test if event["item"] in known])  # as the yardstick's batch mode does
    with measuring_services() as services, tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder:
        real, twin = _replay(services, Path(folder), train, test)
    return [
        Figure(
            f"{metric}, {SHOP}, through Kafka, Spark and Postgres, away from the scores in memory",
            "share", abs(real.metrics[metric] - twin.metrics[metric]), None, AGREEMENT, "at_most",
            note=f"{real.metrics[metric]:.4f} the real way, {twin.metrics[metric]:.4f} in memory, {real.steps:,} steps",
        )
        for metric in real.metrics
    ]  # fmt: skip


def _replay(
    services: Services, folder: Path, train: Sequence[YardstickEvent], test: Sequence[YardstickEvent]
) -> tuple[Hits, Hits]:
    services.create_topic(TOPIC)
    shop = YardstickShop(train)
    _describe(services.database_url, train)
    stream = StreamProcess(
        services.kafka, services.database_url, TOPIC, folder, COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER="20000"
    )
    real, twin, console = Hits(), Hits(), Console(highlight=False)
    try:
        stream.start()
        sent = _send(services.kafka, (event for session in shop.sessions.values() for event in session))
        stream.wait_for(sent)
        console.print(f"{sent:,} events of the training part are counted")
        sessions: dict[str, list[YardstickEvent]] = {}
        for event in test:
            sessions.setdefault(event["session"], []).append(event)
        for step in range(1, max(map(len, sessions.values()))):
            going = {name: events for name, events in sessions.items() if len(events) > step}
            for events in going.values():
                shop.update(events[step - 1])
            sent += _send(services.kafka, (shop.sessions[name][-1] for name in going))
            stream.wait_for(sent)
            wanted = {name: events[step]["item"] for name, events in going.items()}
            _look(real, _read(services.database_url, list(going)), wanted)
            recent = {name: shop.sessions[name][-RECENT_EVENTS:] for name in going}
            scored = for_visitors(recent, shop.counts)
            _look(twin, {name: shown.product_ids for name, shown in scored.items()}, wanted)
            console.print(f"round {step}: {len(going):,} sessions, HR@20 {real.metrics['HR@20']:.4f} so far")
    finally:
        stream.stop()
    return real, twin


def _describe(database_url: str, events: Iterable[YardstickEvent]) -> None:
    """Product cards as the warehouse would publish them."""
    cards = {event["item"]: event for event in events}  # the newest event of each says its price
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into serving.products (product_id, title, brand, category, price, is_in_stock, is_published)"
            " values (%s, %s, nullif(%s, ''), nullif(%s, ''), nullif(%s, '')::numeric, true, true)",
            [(item, item, card["brand"], card["category"], card["price"]) for item, card in sorted(cards.items())],
        )


def _send(bootstrap: str, events: Iterable[ProductEvent]) -> int:
    records = as_records(sorted(events, key=IN_ORDER))
    for partition in (0, 1):
        produce(bootstrap, TOPIC, records[partition::2], partition=partition)
    return len(records)


def _read(database_url: str, visitors: list[str]) -> dict[str, list[str]]:
    with psycopg.connect(database_url) as connection:
        return dict(connection.execute(LISTS, [visitors]).fetchall())


def _look(hits: Hits, lists: Mapping[str, Sequence[str]], wanted: Mapping[str, str]) -> None:
    for name, item in wanted.items():
        hits.look(lists.get(name, []), item)
