"""What a batch changes in the counts: pure, so that any process that knows the changes has the same counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from recommendations.session_counts import (
    CountKey,
    PairKey,
    PairWeight,
    ProductEvent,
    pair_changes,
    product_counts,
)

Sessions = dict[tuple[str, str], list[ProductEvent]]  # visitor, session -> events


class CountChanges(NamedTuple):
    """Changes of serving.product_counts and serving.pair_counts; none of them is zero."""

    clock: datetime  # newest event time
    counts: dict[CountKey, list[int]]
    pairs: dict[PairKey, PairWeight]


def count_changes(
    events: list[ProductEvent], sessions: Sessions, forgotten: list[ProductEvent], clock: datetime
) -> CountChanges:
    """The changes when `events` come and those `forgotten` go.

    `sessions`: the earlier events of the sessions of `events`; `clock`: the newest event time so far.
    """
    pairs: dict[PairKey, PairWeight] = {}
    changes = [pair_changes(sessions[session], sessions[session] + new) for session, new in _by_session(events).items()]
    changes += [pair_changes(old, []) for old in _by_session(forgotten).values()]
    for key, change in chain.from_iterable(some.items() for some in changes):
        pairs[key] = pairs[key].plus(change) if key in pairs else change
    return CountChanges(
        max((event.occurred_at for event in events), default=clock),
        _net(product_counts(events), product_counts(forgotten)),
        {key: change for key, change in pairs.items() if any(change)},
    )


def _by_session(events: Iterable[ProductEvent]) -> Sessions:
    found: Sessions = {}
    for event in events:
        found.setdefault((event.visitor_id, event.session_id), []).append(event)
    return found


def _net(added: dict[CountKey, list[int]], taken: dict[CountKey, list[int]]) -> dict[CountKey, list[int]]:
    """What was added less what was taken away; no zero changes."""
    for key, counts in taken.items():
        added[key] = [more - less for more, less in zip(added.get(key, [0, 0, 0]), counts, strict=True)]
    return {key: counts for key, counts in added.items() if any(counts)} if taken else added
