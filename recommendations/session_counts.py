"""What a set of events adds to the counts: pairs of products per session, and products per hour.

Both are pure functions of a set of events and return integers. So the counts are the same however the events were
split into batches, repeated or reordered. `streaming/recompute.sql` computes the same in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from operator import add, attrgetter, sub
from typing import NamedTuple

# how strongly each kind of event shows interest: a purchase says more than a view
STRENGTH = {"view": 1, "cart": 2, "purchase": 3}
WANTED, BOUGHT = STRENGTH["cart"], STRENGTH["purchase"]

# a longer session is hardly one shopper looking for one thing: only its beginning counts for pairs
MAX_SESSION_EVENTS = 200
MAX_SESSION_PRODUCTS = 30
MAX_DISTANCE = 10  # products between the two of a pair, counting the second

# weights in thousandths of a direct view
FORWARD = 1000  # the neighbour was viewed directly after the product
BACKWARD = 500  # ... directly before it
TOGETHER = 1000  # both were wanted (cart or purchase) in the session


class ProductEvent(NamedTuple):
    """One product in one event: an order of three products is three of these. A row of serving.visitor_events.

    The stream's schemas and queries take their columns from here: name and order of the fields are the table's.
    """

    event_id: str
    product_id: str
    visitor_id: str
    session_id: str
    kind: str  # a key of STRENGTH
    category: str  # "" = unknown
    occurred_at: datetime  # UTC


# sort key of events; event time first, so it does not depend on the order of arrival
IN_ORDER = attrgetter("occurred_at", "event_id", "product_id")


class PairWeight(NamedTuple):
    """Weights of one pair of products, in thousandths; and how often both were bought."""

    similar: int  # of a direct view: both were looked at in one session
    together: int  # both were wanted (cart or purchase) in one session
    bought: int = 0  # sessions in which both were bought

    def plus(self, other: PairWeight) -> PairWeight:
        """The sum of both."""
        return PairWeight(*map(add, self, other))

    def minus(self, other: PairWeight) -> PairWeight:
        """The difference."""
        return PairWeight(*map(sub, self, other))


PairKey = tuple[str, str, date]  # product, neighbour, Monday of the week in which the session began


def week_of(moment: datetime) -> date:
    """The Monday of the week of a moment in UTC."""
    return moment.date() - timedelta(days=moment.weekday())


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour of a moment."""
    return moment.replace(minute=0, second=0, microsecond=0)


class _SessionSummary(NamedTuple):
    """The part of a session that counts for pairs."""

    week: date  # in which the session began
    strength: dict[str, int]  # product -> its strongest event, in the order of each product's first event


def session_pairs(events: Iterable[ProductEvent]) -> dict[PairKey, PairWeight]:
    """Weights of the ordered pairs of products of one session; `events` in any order.

    Products are ordered by their first event. The weight of a pair falls with the distance between its products, is
    halved against the order of viewing, and grows with the strength of what was done with the neighbour.
    """
    return _pairs(_summary_of(events), 0)


def pair_changes(before: Iterable[ProductEvent], after: Iterable[ProductEvent]) -> dict[PairKey, PairWeight]:
    """How the pair weights of one session change when its events grow from `before` to `after`; no zero changes."""
    was, now = _summary_of(before), _summary_of(after)
    known = len(was.strength)
    if not known or (was.week == now.week and list(was.strength.items()) == list(now.strength.items())[:known]):
        return _pairs(now, known)  # products were only added: nothing between the old ones changed
    old, new = _pairs(was, 0), _pairs(now, 0)
    nothing = PairWeight(0, 0)
    changes = {}
    for key in old.keys() | new.keys():
        gone, come = old.get(key, nothing), new.get(key, nothing)
        if gone != come:
            changes[key] = come.minus(gone)
    return changes


def _summary_of(events: Iterable[ProductEvent]) -> _SessionSummary:
    ordered = sorted(events, key=IN_ORDER)[:MAX_SESSION_EVENTS]
    strength: dict[str, int] = {}
    for event in ordered:
        strength[event.product_id] = max(strength.get(event.product_id, 0), STRENGTH[event.kind])
    return _SessionSummary(week_of(ordered[0].occurred_at) if ordered else date.min, strength)


def _pairs(session: _SessionSummary, known: int) -> dict[PairKey, PairWeight]:
    """The pairs in which at least one product is not among the first `known`."""
    week, strengths = session.week, list(session.strength.items())[:MAX_SESSION_PRODUCTS]
    pairs: dict[PairKey, PairWeight] = {}
    for place in range(known, len(strengths)):
        later, later_strength = strengths[place]
        for distance in range(1, min(place, MAX_DISTANCE) + 1):
            earlier, earlier_strength = strengths[place - distance]
            weaker = min(earlier_strength, later_strength)
            together = TOGETHER * (earlier_strength + later_strength - 3) if weaker >= WANTED else 0
            bought = int(weaker == BOUGHT)
            pairs[earlier, later, week] = PairWeight(FORWARD // distance * later_strength, together, bought)
            pairs[later, earlier, week] = PairWeight(BACKWARD // distance * earlier_strength, together, bought)
    return pairs


CountKey = tuple[datetime, str, str]  # hour, category, product


def product_counts(events: Iterable[ProductEvent]) -> dict[CountKey, list[int]]:
    """[views, carts, purchases] per hour, category and product."""
    counts: dict[CountKey, list[int]] = {}
    for event in events:
        counts.setdefault((hour_of(event.occurred_at), event.category, event.product_id), [0, 0, 0])[
            STRENGTH[event.kind] - 1
        ] += 1
    return counts
