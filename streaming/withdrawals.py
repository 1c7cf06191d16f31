"""Visitors who said no to recommendations: they are forgotten, and what came before their no is never used again.

Whatever was counted from their events leaves the counts too. serving.withdrawals keeps when each visitor last said no:
an event from before may still be on its way, in the queue of a device. See docs/recommendations.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg

from streaming import publish
from streaming.batch_rows import BatchRow
from streaming.product_events import WITHDRAWN


class Withdrawal(NamedTuple):
    """A visitor's last no."""

    said_at: datetime  # event time; what happened until then counts no more
    partition: int
    offset: int

    def is_before(self, row: BatchRow) -> bool:
        """Whether the row was written to the log after the no, and happened after it."""
        return (row.partition, row.offset) > self[1:] and row.event.occurred_at > self.said_at


def said_in(rows: Iterable[BatchRow]) -> dict[str, Withdrawal]:
    """The last no of each visitor in these rows, which are in the order of the log."""
    said: dict[str, Withdrawal] = {}
    for partition, offset, event, *_ in rows:
        if event.kind == WITHDRAWN:
            before = said.get(event.visitor_id)
            said_at = max(event.occurred_at, before.said_at) if before else event.occurred_at
            said[event.visitor_id] = Withdrawal(said_at, partition, offset)
    return said


def load(connection: psycopg.Connection, visitors: Iterable[str]) -> dict[str, datetime]:
    """When those of these visitors who said no said it last."""
    rows = connection.execute(
        "select visitor_id, said_at from serving.withdrawals where visitor_id = any(%s)", [sorted(visitors)]
    )
    return {visitor: said_at.astimezone(UTC) for visitor, said_at in rows}


def forget(connection: psycopg.Connection, topic: str, said: Mapping[str, Withdrawal]) -> None:
    """Note the withdrawals, and remove the visitors' events, carts and lists; their counts are the caller's."""
    visitors = sorted(said)
    connection.execute(
        """
        insert into serving.withdrawals as known (visitor_id, said_at, topic, "partition", "offset")
        select visitor_id, said_at, %s, "partition", "offset"
        from unnest(%s::text[], %s::timestamptz[], %s::int[], %s::bigint[])
            as said (visitor_id, said_at, "partition", "offset")
        on conflict (visitor_id) do update set
            said_at = greatest(known.said_at, excluded.said_at),
            topic = excluded.topic, "partition" = excluded."partition", "offset" = excluded."offset"
        """,
        [topic, visitors, *(list(column) for column in zip(*(said[visitor] for visitor in visitors), strict=True))],
    )
    connection.execute("delete from serving.visitor_events where visitor_id = any(%s)", [visitors])
    connection.execute("delete from serving.cart_removals where visitor_id = any(%s)", [visitors])
    publish.remove_visitors(connection, visitors)
