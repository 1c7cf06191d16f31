"""Sending the queued messages, each until its channel has taken it.

A message is claimed before it is sent, so two watchers never send the same one. A watcher that dies between the
channel's answer and its own note sends the message again after `CLAIM`: rather twice than not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import dict_row

from alerting.condition import Condition
from alerting.message import Message

Send = Callable[[str, str, str, bool], str]  # address, title, body, is_problem → "" or why it failed
CLAIM = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=20), timedelta(minutes=15)
FAILS_AFTER = 2  # attempts of one message, until the channel counts as broken

CLAIM_NEXT = """
    update ops.alert_messages as mine set claimed_at = %(now)s, last_attempt_at = %(now)s, attempts = attempts + 1
    from ops.alerts as alerts
    where alerts.alert_id = mine.alert_id and mine.message_id = (
        select message_id from ops.alert_messages as waiting
        where
            sent_at is null and cancelled_at is null and not_before <= %(now)s and channel <> all (%(skipped)s)
            and (claimed_at is null or claimed_at < %(lost)s)
            and not exists ( -- the end of an alert is not told before its beginning
                select 1 from ops.alert_messages as earlier
                where earlier.alert_id = waiting.alert_id and earlier.channel = waiting.channel
                    and earlier.message_id < waiting.message_id
                    and earlier.sent_at is null and earlier.cancelled_at is null
            )
        order by message_id
        limit 1
        for update skip locked
    )
    returning
        mine.message_id, mine.channel, mine.event, alerts.key, alerts.severity, alerts.title as alert_title,
        alerts.cause, alerts.owners, alerts.rows, alerts.link, alerts.opened_at, alerts.closed_at, mine.attempts
"""


@dataclass
class Deliveries:
    """What one round did: how many messages were taken, and the error of each channel that took none."""

    sent: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def deliver(
    connection: psycopg.Connection, addresses: Mapping[str, str], send: Send, clock: Callable[[], datetime]
) -> Deliveries:
    """Send what is due. A channel that fails is tried once a round. `connection` is in autocommit mode.

    Raises psycopg.Error; what was sent before stays noted.
    """
    done = Deliveries()
    while True:
        now = clock()
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(CLAIM_NEXT, {"now": now, "lost": now - CLAIM, "skipped": list(done.failed)})
            row = cursor.fetchone()
        if row is None:
            return done
        attempts = row.pop("attempts")
        message = Message(**row)
        error = send(addresses[message.channel], message.title, message.body, message.is_problem)
        if error:
            done.failed[message.channel] = error
            connection.execute(
                "update ops.alert_messages set claimed_at = null, last_error = %s, not_before = %s"
                " where message_id = %s",
                [error, clock() + wait_after(attempts), message.message_id],
            )
        else:
            done.sent += 1
            connection.execute(
                "update ops.alert_messages set sent_at = %s, last_error = '' where message_id = %s",
                [clock(), message.message_id],
            )


def wait_after(attempts: int) -> timedelta:
    """How long a message waits after so many attempts: twice as long each time, up to `LONGEST_WAIT`."""
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)


def broken_channels(connection: psycopg.Connection) -> list[Condition]:
    """A condition for each channel whose newest attempt failed more than once. Raises psycopg.Error."""
    found = connection.execute(
        """
        with newest as (
            select distinct on (channel) channel, sent_at, attempts, last_error from ops.alert_messages
            where last_attempt_at is not null and cancelled_at is null
            order by channel asc, last_attempt_at desc, message_id desc
        )
        select newest.channel, newest.last_error, (
            select count(*) from ops.alert_messages as waiting
            where waiting.channel = newest.channel and waiting.sent_at is null and waiting.cancelled_at is null
        )
        from newest where newest.sent_at is null and newest.attempts >= %s
        order by newest.channel
        """,
        [FAILS_AFTER],
    ).fetchall()
    return [
        Condition(
            key=f"channel/{channel}",
            title=f"alerts do not reach channel {channel}",
            cause=f"{waiting:,} messages wait for channel {channel}, which refuses them: {error}",
        )
        for channel, error, waiting in found
    ]
