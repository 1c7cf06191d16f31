"""The digest names nobody without the key, and kinds never meet."""

from __future__ import annotations

import re

from privacy.person_rows import word_patterns
from privacy.subject import Subject
from privacy.suppression import Suppression
from tests.support.planted import LONG_AGO


def test_the_digest_depends_on_key_kind_and_value() -> None:
    made = [
        Suppression(key).digest(kind, value)
        for key in ("one", "two")
        for kind in ("customer", "visitor")
        for value in ("42", "43")
    ]
    assert len(set(made)) == 8 and all(len(digest) == 32 and b"42" not in digest for digest in made)
    assert made[0] == Suppression("one").digest("customer", "42")


def test_identifiers_with_any_character_stay_texts_of_a_pattern() -> None:
    subject = Subject(["42"], ["p"], ["a.b*(c)\\", "é'\" x"], LONG_AGO)
    [pattern] = word_patterns(subject)
    assert "a\\.b\\*\\(c\\)\\\\" in pattern and "é\\'\\\"\\ x" in pattern


def test_many_identifiers_are_looked_for_in_parts() -> None:
    subject = Subject([str(number) for number in range(1, 501)], [], [], LONG_AGO)
    patterns = word_patterns(subject)
    assert len(patterns) == 3
    for number in (1, 200, 201, 500):
        assert [bool(re.search(pattern, f"customer {number}.")) for pattern in patterns].count(True) == 1
    assert not any(re.search(pattern, "order 1234567") for pattern in patterns)
