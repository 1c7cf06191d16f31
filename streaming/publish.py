"""Write the lists that the storefront reads. Each list is replaced inside the caller's transaction, never half."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import psycopg

from streaming.memory import ShopMemory
from streaming.reasons import popular_in, seen_with
from streaming.scoring import LIST_LENGTH, MODEL_VERSION, event_clock, for_visitors
from streaming.session_counts import ProductEvent
from streaming.state import copy_rows

LIST_COLUMNS = ("score", "reason", "model_version", "computed_at")
Row = tuple[object, ...]


def publish_visitors(
    connection: psycopg.Connection, memory: ShopMemory, recent: Mapping[str, Sequence[ProductEvent]]
) -> int:
    """Replace the home lists of these visitors, from their recent events; returns the rows written."""
    memory.load({event.product_id for events in recent.values() for event in events})
    rows: list[Row] = []
    for visitor, scored in for_visitors(recent, memory).items():
        clock = event_clock(recent[visitor])
        for rank, item in enumerate(scored, start=1):
            rows.append((visitor, "home", rank, item.product_id, item.score, item.reason, MODEL_VERSION, clock))
    remove_visitors(connection, recent)
    columns = ("visitor_id", "slot", "rank", "product_id", *LIST_COLUMNS)
    copy_rows(connection, "serving.recommendations", columns, rows)
    return len(rows)


def remove_visitors(connection: psycopg.Connection, visitors: Iterable[str]) -> None:
    """Take the lists of these visitors away."""
    connection.execute("delete from serving.recommendations where visitor_id = any(%s)", [sorted(visitors)])


def publish_neighbours(connection: psycopg.Connection, memory: ShopMemory, products: Iterable[str]) -> int:
    """Replace the neighbour lists whose order changed; returns the lists written.

    A list that shows the same products in the same order stays as it is, with the scores of its `computed_at`:
    most clicks on a well-known product change no list, and not writing them keeps a batch short.
    """
    memory.load(products)
    changed: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for product in sorted(products):
        for kind, neighbours in (
            ("similar", memory.similar_to(product)),
            ("together", memory.wanted_with(product)),
        ):
            best = list(neighbours[:LIST_LENGTH])
            ids = tuple(neighbour for neighbour, _ in best)
            if memory.published.get((product, kind)) != ids:
                memory.published[product, kind] = ids
                changed[product, kind] = best
    if not changed:
        return 0
    connection.execute(
        """
        delete from serving.product_neighbours as listed
        using unnest(%s::text[], %s::text[]) as changed (product_id, kind)
        where listed.product_id = changed.product_id and listed.kind = changed.kind
        """,
        [[product for product, _ in changed], [kind for _, kind in changed]],
    )
    columns = ("product_id", "kind", "rank", "neighbour_id", *LIST_COLUMNS)
    copy_rows(connection, "serving.product_neighbours", columns, _neighbour_rows(memory, changed))
    return len(changed)


def publish_trending(connection: psycopg.Connection, memory: ShopMemory, categories: Iterable[str]) -> int:
    """Replace the trending lists ('' = all) whose order changed; returns the lists written."""
    changed = []
    for category in sorted(set(categories)):
        ids = tuple(memory.trending(category))
        if memory.published.get((category, "trending")) != ids:
            memory.published[category, "trending"] = ids
            changed.append(category)
    if changed:
        connection.execute("delete from serving.trending where category = any(%s)", [changed])
        columns = ("category", "rank", "product_id", *LIST_COLUMNS)
        copy_rows(connection, "serving.trending", columns, _trending_rows(memory, changed))
    return len(changed)


def _neighbour_rows(memory: ShopMemory, lists: Mapping[tuple[str, str], Sequence[tuple[str, float]]]) -> Iterator[Row]:
    scale = memory.pair_scale()
    for (product, kind), neighbours in lists.items():
        reason = seen_with(memory.catalogue.titles.get(product), kind)
        for rank, (neighbour, score) in enumerate(neighbours, start=1):
            yield product, kind, rank, neighbour, score / scale, reason, MODEL_VERSION, memory.clock


def _trending_rows(memory: ShopMemory, categories: Iterable[str]) -> Iterator[Row]:
    for category in categories:
        reason = popular_in(category)
        for rank, (product, score) in enumerate(memory.trend(category), start=1):
            yield category, rank, product, score, reason, MODEL_VERSION, memory.clock
