"""ops.audit_log: who changed raw data by a command, and how."""

from __future__ import annotations

import getpass
import socket
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

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
