"""An erasure: steps in a fixed order, each recorded when it is done, so that a killed one goes on where it was.

First the person is suppressed, so that from then on no path brings them in; then each store forgets. Rooms above bring
the steps of their own stores (local/forgetting.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from privacy.journal import Journal
from privacy.person_rows import erase_built_tables, erase_samples, rows_left
from privacy.subject import Subject
from privacy.suppression import suppression

BARRIER = "privacy.erasure"  # writers hold it shared from asking the list until they commit
# also what they asked before: a request names them
FINISH = """
    update pii.privacy_requests
    set
        handled_at = coalesce(handled_at, now()), customer_id = null, payload = '{}',
        outcome = coalesce(outcome, %(outcome)s)
    where webhook_id = any(%(requests)s) or customer_id::text = any(%(customers)s)
"""

Counts = dict[str, int]
Erase = Callable[[psycopg.Connection, Subject], Counts]  # rows by table


class ErasureError(RuntimeError):
    """The erasure is not complete; the message says what is left and what to do."""


@dataclass(frozen=True)
class Step:
    """A store that forgets. `is_transaction`: False for one that commits by itself; it must then be repeatable."""

    name: str
    erase: Erase
    is_transaction: bool = True


def wait_for_writers(connection: psycopg.Connection) -> None:
    """Wait until every transaction that asked the list before the person was on it has ended."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [BARRIER])


def erase(
    connection: psycopg.Connection,
    journal: Journal,
    actor: str,
    requests: Sequence[str],
    subject: Subject,
    steps: Sequence[Step],
    on_step: Callable[[str, Counts], None] = lambda step, counts: None,
    last_steps: Sequence[Step] = (),
) -> Counts:
    """Erase persons everywhere, or go on with the unfinished erasure of these requests; returns rows by table.

    `last_steps` are of what is made from the marts.

    `connection` is in autocommit mode. Raises ErasureError when rows are left at the end (a dbt run wrote them
    meanwhile), psycopg.Error when Postgres fails: call it again, also after a kill.
    """
    request_id = _together(requests)
    erasure_id, subject = _begin(connection, request_id, subject)
    done = dict(
        connection.execute("select step, counts from pii.erasure_steps where erasure_id = %s", [erasure_id]).fetchall()
    )
    if "suppress" not in done:
        digests = [suppression().digest(*identifier) for identifier in subject.identifiers]
        # the journal first: a list that only the database knows would not outlive its restore
        journal.append(actor, "erase begun", request_id, digests=digests, erased_before=subject.erased_before)
    every = [
        Step("suppress", _suppress),
        *steps,
        Step("marts and their steps", erase_built_tables),
        Step("samples", erase_samples),
        *last_steps,
        Step("pseudonym", _forget_pseudonym),
    ]
    for step in every:
        if step.name not in done:
            done[step.name] = _run(connection, erasure_id, step, subject)
            if step.name == "suppress":
                wait_for_writers(connection)
        on_step(step.name, done[step.name])
    if left := rows_left(connection, subject):
        _begin_again(connection, erasure_id, subject)
        named = ", ".join(f"{rows} of {table}" for table, rows in left.items())
        raise ErasureError(f"Rows were written while they were erased ({named}): run it again when dbt is done.")
    counts = {table: rows for counted in done.values() for table, rows in counted.items()}
    _finish(connection, journal, actor, requests, erasure_id, subject, counts)
    return counts


def lines_missing(connection: psycopg.Connection, journal: Journal) -> int:
    """How many erasures the database knows and the journal does not: lines that were cut from its end break no chain.

    Raises JournalError when the chain itself is broken, psycopg.Error.
    """
    # a step is recorded after the erasure's first line was written
    known = connection.execute(
        "select distinct request_id from pii.erasures inner join pii.erasure_steps using (erasure_id)"
    ).fetchall()
    written = {entry.request_id for entry in journal.entries() if entry.action == "erase begun"}
    return sum(request_id not in written for (request_id,) in known)


def _together(requests: Sequence[str]) -> str:
    """The name of an erasure in its table and in the journal."""
    return ",".join(sorted(requests))


def _begin(connection: psycopg.Connection, request_id: str, subject: Subject) -> tuple[uuid.UUID, Subject]:
    row = connection.execute(
        "select erasure_id, subject from pii.erasures where request_id = %s and finished_at is null", [request_id]
    ).fetchone()
    if row:
        return row[0], msgspec.convert(row[1], Subject)
    erasure_id = uuid.uuid4()
    connection.execute(
        "insert into pii.erasures (erasure_id, request_id, erased_before, subject) values (%s, %s, %s, %s)",
        [erasure_id, request_id, subject.erased_before, Jsonb(msgspec.to_builtins(subject))],
    )
    return erasure_id, subject


def _begin_again(connection: psycopg.Connection, erasure_id: uuid.UUID, subject: Subject) -> None:
    """From now on all until now is forgotten: a person who goes on browsing must not keep an erasure open."""
    later = msgspec.structs.replace(subject, erased_before=max(subject.erased_before, datetime.now(UTC)))
    with connection.transaction():
        connection.execute("delete from pii.erasure_steps where erasure_id = %s", [erasure_id])
        connection.execute(
            "update pii.erasures set erased_before = %s, subject = %s where erasure_id = %s",
            [later.erased_before, Jsonb(msgspec.to_builtins(later)), erasure_id],
        )


def _run(connection: psycopg.Connection, erasure_id: uuid.UUID, step: Step, subject: Subject) -> Counts:
    if not step.is_transaction:
        counts = step.erase(connection, subject)
        _record(connection, erasure_id, step, counts)
        return counts
    with connection.transaction():
        counts = step.erase(connection, subject)
        _record(connection, erasure_id, step, counts)
    return counts


def _record(connection: psycopg.Connection, erasure_id: uuid.UUID, step: Step, counts: Counts) -> None:
    connection.execute(
        "insert into pii.erasure_steps (erasure_id, step, counts) values (%s, %s, %s) on conflict do nothing",
        [erasure_id, step.name, Jsonb(counts)],
    )


def _suppress(connection: psycopg.Connection, subject: Subject) -> Counts:
    suppression().add(connection, subject.identifiers, subject.erased_before)
    return {}


def _forget_pseudonym(connection: psycopg.Connection, subject: Subject) -> Counts:
    counts = {}
    for table in ("pii.customer_pseudonyms", "pii.click_pseudonyms"):
        delete = f"delete from {table} where customer_pseudonym = any(%s)"
        if rows := connection.execute(delete.encode(), [subject.pseudonyms]).rowcount:
            counts[table] = rows
    return counts


def _finish(
    connection: psycopg.Connection,
    journal: Journal,
    actor: str,
    requests: Sequence[str],
    erasure_id: uuid.UUID,
    subject: Subject,
    counts: Counts,
) -> None:
    # a line too many after a kill here is better than none
    journal.append(actor, "erase finished", _together(requests), counts=counts)
    with connection.transaction():
        connection.execute(
            "update pii.erasures set finished_at = now(), subject = null where erasure_id = %s", [erasure_id]
        )
        outcome = Jsonb({"erased": counts})  # of all that were erased together
        connection.execute(FINISH, {"outcome": outcome, "requests": list(requests), "customers": subject.customer_ids})
