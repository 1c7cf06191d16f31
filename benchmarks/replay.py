"""Recommendations through Kafka, Spark and Postgres, compared with the same scores in memory: `make bench ONLY=replay`.

The yardstick's training part goes through Kafka and the stream. Then its test sessions follow in rounds: send the next
event of every session, wait for the stream, read the lists, look up the event that comes after. The twin in memory
learns the same events in the same rounds. About four minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean

import psycopg
from rich.console import Console

from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores, fresh_stores
from benchmarks.recommendation_quality import TEST_DAYS
from benchmarks.support.clicks import as_records
from benchmarks.support.kafka_records import produce
from benchmarks.support.stream_process import StreamProcess
from benchmarks.yardstick_shop import REES46, YardstickEvent, YardstickShop, find_yardstick, load_yardstick
from recommendations.evaluation import Score
from recommendations.scoring import for_visitors
from recommendations.session_counts import IN_ORDER, ProductEvent
from recommendations.visits import RECENT_EVENTS

TOPIC = "bench.replay"
AGREEMENT = 0.01  # target: the highest difference between both
METRICS: dict[str, Callable[[Score], list[float]]] = {  # figures per step
    "HR@20": lambda score: score.hits,
    "MRR@20": lambda score: score.reciprocal_ranks,
}
LISTS = """
    select visitor_id, product_ids from serving.recommendation_lists where slot = 'home' and visitor_id = any(%s)
"""


def measure() -> list[Figure]:
    """Every figure of the family `replay`. Raises CannotMeasure without the yardstick."""
    yardstick, data = find_yardstick()
    ruler = load_yardstick(yardstick)
    train, test = ruler.split(ruler.load(str(data / REES46)), TEST_DAYS[REES46])
    known = {event["item"] for event in train}
    test = ruler.clean([event for event in test if event["item"] in known])  # as the yardstick's batch mode does
    with fresh_stores() as stores, tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder:
        real, twin = _replay(stores, Path(folder), train, test)
    return [
        Figure(
            f"{metric}, {REES46}, through Kafka, Spark and Postgres, difference to the scores in memory",
            "share", abs(through_stream - in_memory), None, AGREEMENT, "at_most",
            note=f"{through_stream:.4f} through the stream, {in_memory:.4f} in memory, {real.steps:,} steps",
        )
        for metric, per_step in METRICS.items()
        for through_stream, in_memory in [(mean(per_step(real)), mean(per_step(twin)))]
    ]  # fmt: skip


def _replay(
    stores: Stores, folder: Path, train: Sequence[YardstickEvent], test: Sequence[YardstickEvent]
) -> tuple[Score, Score]:
    stores.create_topic(TOPIC)
    shop = YardstickShop(train)
    _describe(stores.database_url, train)
    stream = StreamProcess(
        stores.kafka, stores.database_url, TOPIC, folder, COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER="20000"
    )
    real, twin, console = Score(), Score(), Console(highlight=False)
    try:
        stream.start()
        sent = _send(stores.kafka, (event for session in shop.sessions.values() for event in session))
        stream.wait_for(sent)
        console.print(f"{sent:,} events of the training part are counted")
        sessions: dict[str, list[YardstickEvent]] = {}
        for event in test:
            sessions.setdefault(event["session"], []).append(event)
        for step in range(1, max(map(len, sessions.values()))):
            going = {name: events for name, events in sessions.items() if len(events) > step}
            for events in going.values():
                shop.update(events[step - 1])
            sent += _send(stores.kafka, (shop.sessions[name][-1] for name in going))
            stream.wait_for(sent)
            wanted = {name: events[step]["item"] for name, events in going.items()}
            _judge(real, _read(stores.database_url, list(going)), wanted)
            recent = {name: shop.sessions[name][-RECENT_EVENTS:] for name in going}
            scored = for_visitors(recent, shop.counts)
            _judge(twin, {name: shown.product_ids for name, shown in scored.items()}, wanted)
            console.print(f"round {step}: {len(going):,} sessions, HR@20 {mean(real.hits):.4f} so far")
    finally:
        stream.stop()
    return real, twin


def _describe(database_url: str, events: Iterable[YardstickEvent]) -> None:
    """Write product cards, as the warehouse would publish them."""
    cards = {event["item"]: event for event in events}  # the newest event of each product has its price
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


def _judge(score: Score, lists: Mapping[str, Sequence[str]], wanted: Mapping[str, str]) -> None:
    for name, item in wanted.items():
        score.add(lists.get(name, []), item, {})
