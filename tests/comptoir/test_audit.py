"""The audit log is added to only: whoever changes, removes or inserts a line is found out."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from benchmarks.support.servers import OPEN_PASSWORDS
from comptoir.audit import Chain, check_chain, write_audit
from comptoir.postgres_url import with_login

pytestmark = pytest.mark.services


@pytest.fixture
def owner(database: str) -> Iterator[psycopg.Connection]:
    """Four lines by a login that may add some and read none, and the owner, who may do anything."""
    lander = with_login(database, "lander", OPEN_PASSWORDS["lander"])
    with psycopg.connect(lander, autocommit=True) as connection:
        for number in range(4):
            write_audit(connection, "archive", {"day": f"2026-01-0{number + 1}"}, {"rows": number}, "me@host")
    with psycopg.connect(database, autocommit=True) as owner:
        yield owner


def test_what_was_written_follows_from_the_first_line(owner: psycopg.Connection) -> None:
    assert check_chain(owner) == Chain(4, None)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("update ops.audit_log set actor = 'no@host' where audit_id = 2", 2),
        ("update ops.audit_log set counts = '{}' where audit_id = 4", 4),
        ("update ops.audit_log set at = at + interval '1 us' where audit_id = 1", 1),
        ("update ops.audit_log set line_hash = null where audit_id = 3", 3),
        ("delete from ops.audit_log where audit_id = 1", 2),
        ("delete from ops.audit_log where audit_id = 3", 4),
    ],
)
def test_a_changed_or_removed_line_breaks_the_chain(owner: psycopg.Connection, change: str, broken: int) -> None:
    owner.execute(change.encode())
    assert check_chain(owner).first_broken == broken


def test_two_who_write_at_once_are_chained_one_after_the_other(database: str, owner: psycopg.Connection) -> None:
    def write() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            for number in range(20):
                write_audit(connection, "restore", {"n": number}, {}, "them@host")

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert check_chain(owner) == Chain(64, None)


def test_lines_of_before_there_was_a_chain_are_left_as_they_are(owner: psycopg.Connection) -> None:
    owner.execute("update ops.audit_log set line_hash = null")
    write_audit(owner, "archive", {}, {}, "me@host")
    assert check_chain(owner) == Chain(1, None)
