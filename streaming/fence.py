"""How others than batches change counts or lists while the stream runs: an erasure, the end of a term, a rebuild.

They take the fence as a batch does, so that the two exclude each other, and move its version: a worker whose memory
stands at another version learns what changed (change_log.py) or reads the shop again, before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from streaming import change_log, stale_lists, state
from streaming.count_changes import CountChanges
from streaming.stale_lists import StaleLists

Fences = Mapping[state.StreamName, change_log.Fence]

NAMES = "select distinct query_name, topic from serving.stream_offsets order by 1, 2"
MOVE = "update serving.stream_offsets set version = %s where query_name = %s and topic = %s"


def take_fences(connection: psycopg.Connection) -> Fences:
    """Lock the fence of every stream until the transaction ends: a batch that is under way is waited for."""
    names = [state.StreamName(*row) for row in connection.execute(NAMES).fetchall()]
    return {name: state.lock_offsets(connection, name) for name in names}


def move_fences(connection: psycopg.Connection, taken: Fences, changes: CountChanges | None = None) -> None:
    """Say that counts or lists are others now, in the transaction that changed them.

    With `changes` workers need not read the shop again; and the lists of products and categories that they touch are
    made with the next batch.
    """
    for name, before in taken.items():
        version = before.get(state.VERSION, 0) + 1
        connection.execute(MOVE, [version, name.query, name.topic])
        if changes:
            change_log.write(connection, name, dict(before), dict(before) | {state.VERSION: version}, changes)
    if changes and (changes.pairs or changes.counts):
        categories = {category for _, category, _ in changes.counts} | {""}
        stale = StaleLists(set(), {product for product, _, _ in changes.pairs}, categories)
        stale_lists.note(connection, stale)
