"""ops.audit_log: who changed raw data, and how; each line holds the hash of the one before (audit.sql)."""

from __future__ import annotations

import getpass
import socket
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

# lines of before there was a chain have no hash, and none of them stands after one that has
CHAIN = """
    with lines as (
        select
            log.audit_id,
            log.line_hash,
            lag(log.line_hash) over by_number as previous_hash,
            ops.audit_hash(lag(log.line_hash) over by_number, log) as expected_hash
        from ops.audit_log as log
        window by_number as (order by log.audit_id)
    )
    select
        count(line_hash),
        min(audit_id) filter (
            where
                line_hash <> expected_hash
                or (line_hash is null and previous_hash is not null)
        )
    from lines
"""

Action = Literal["replay bad", "replay range", "archive", "restore", "expire"]


def operator() -> str:
    """Who runs the command: user@host."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def write_audit(
    connection: psycopg.Connection, action: Action, subject: dict[str, Any], counts: dict[str, int], actor: str
) -> None:
    """Add a row, in the transaction of the change it describes where there is one. Raises psycopg.Error."""
    connection.execute(
        "insert into ops.audit_log (actor, action, subject, counts) values (%s, %s, %s, %s)",
        [actor, action, Jsonb(subject), Jsonb(counts)],
    )


class Chain(NamedTuple):
    """The lines of the audit log that are chained."""

    lines_count: int
    first_broken: int | None  # audit_id of the line that was changed, or whose predecessor was changed or removed


def check_chain(connection: psycopg.Connection) -> Chain:
    """Follow the chain from its first line. Raises psycopg.Error."""
    row = connection.execute(CHAIN).fetchone()
    return Chain(*row) if row else Chain(0, None)
