"""Links of devices to persons after a rotation: the newest name, and new lists for who came back."""

from __future__ import annotations

import pytest

from streaming.renewed_names import join_persons
from tests.support.landing import execute, rows

pytestmark = pytest.mark.services

LINKS = "select visitor_id, person_id, linked_at::date::text from serving.visitor_persons order by 1, 2"
STALE = "select kind, key from serving.stale_lists order by 2"


def test_older_names_become_the_newest_and_only_who_came_back_gets_new_lists(database: str) -> None:
    execute(
        database,
        "insert into pii.click_pseudonyms values ('a1', 'anna', 1), ('k2-a', 'anna', 2), ('k3-a', 'anna', 3),"
        " ('b1', 'bert', 1), ('k2-b', 'bert', 2), ('c1', 'carl', 1)",
    )
    execute(
        database,
        "insert into serving.visitor_persons values ('phone', 'a1', '2026-01-01'), ('phone', 'k3-a', '2026-03-01'),"
        " ('laptop', 'k2-a', '2026-02-01'), ('laptop', 'a1', '2026-01-02'), ('a1', 'a1', '2026-01-03'),"
        " ('tablet', 'b1', '2026-01-04'), ('tv', 'c1', '2026-01-05'), ('till', 'nobody-known', '2026-01-06')",
    )
    for _ in range(2):  # the second time changes nothing
        join_persons(database)
        assert rows(database, LINKS) == [
            ("a1", "k3-a", "2026-01-03"),  # the shop's server is a device of anna's
            ("laptop", "k3-a", "2026-02-01"),
            ("phone", "k3-a", "2026-03-01"),
            ("tablet", "k2-b", "2026-01-04"),
            ("till", "nobody-known", "2026-01-06"),
            ("tv", "c1", "2026-01-05"),
        ]
        assert rows(database, STALE) == [("visitor", "a1"), ("visitor", "laptop"), ("visitor", "phone")]
