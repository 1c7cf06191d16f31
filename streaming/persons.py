"""The devices of a person: what somebody bought on one of them is not recommended to them on another.

A device is a visitor; it is a person's when an event with consent names both. The shop's server, which has no device,
is one more of them: its visitor is the person. Counts know nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import psycopg

from recommendations.session_counts import ProductEvent
from streaming.batch_rows import BatchRow

Link = tuple[str, str]  # visitor, person
Devices = dict[str, set[str]]  # visitor -> other visitors that are the same person, if there are any
Bought = dict[str, set[str]]  # visitor -> products

MOST = 20  # persons of a device, devices of a person: with more it is a shop's tablet, or a robot
OTHERS = f"""
    select mine.visitor_id, others.visitor_id
    from unnest(%s::text[]) as wanted (visitor_id)
    cross join lateral (
        select * from serving.visitor_persons where visitor_id = wanted.visitor_id limit {MOST}
    ) as mine
    cross join lateral (
        select visitor_id from serving.visitor_persons where person_id = mine.person_id limit {MOST}
    ) as others
    where others.visitor_id <> mine.visitor_id
"""


def links_in(rows: Iterable[BatchRow]) -> set[Link]:
    """Which visitors are which persons, by these rows."""
    return {(row.event.visitor_id, row.person_id) for row in rows if row.person_id}


def note(connection: psycopg.Connection, links: Set[Link]) -> set[str]:
    """Add the links; returns the visitors of those that are new."""
    columns = [[visitor for visitor, _ in links], [person for _, person in links]]
    rows = connection.execute(
        "insert into serving.visitor_persons (visitor_id, person_id) select * from unnest(%s::text[], %s::text[])"
        " on conflict do nothing returning visitor_id",
        columns,
    )
    return {visitor for (visitor,) in rows}


def other_devices(connection: psycopg.Connection, visitors: Iterable[str]) -> Devices:
    """The other devices of the persons who use these."""
    found: Devices = {}
    for visitor, other in connection.execute(OTHERS.encode(), [sorted(visitors)]):
        found.setdefault(visitor, set()).add(other)
    return found


def bought_elsewhere(connection: psycopg.Connection, devices: Devices, new: Iterable[ProductEvent] = ()) -> Bought:
    """What was bought on the other devices of each visitor; `new`: events that are not in the table yet."""
    if not devices:
        return {}
    others = sorted(set().union(*devices.values()))
    bought: Bought = {}
    for visitor, product in connection.execute(
        "select distinct visitor_id, product_id from serving.visitor_events"
        " where visitor_id = any(%s) and kind = 'purchase'",
        [others],
    ):
        bought.setdefault(visitor, set()).add(product)
    for event in new:
        if event.kind == "purchase":
            bought.setdefault(event.visitor_id, set()).add(event.product_id)
    return {visitor: _of_all(bought, some) for visitor, some in devices.items()}


def forget(connection: psycopg.Connection, visitors: Iterable[str]) -> None:
    """These visitors are nobody any more."""
    connection.execute("delete from serving.visitor_persons where visitor_id = any(%s)", [sorted(visitors)])


def _of_all(bought: Mapping[str, set[str]], visitors: Iterable[str]) -> set[str]:
    return set().union(*(bought.get(visitor, set()) for visitor in visitors))
