"""Pseudonyms: the same for the same customer and keys, useless without them, and older names lead to newer ones."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from privacy.pseudonym import every_pseudonym, later_pseudonyms, pseudonym, version_of

keys = st.text(st.characters(exclude_characters=",", exclude_categories=["Cs"]), min_size=1, max_size=60)


def test_known_answer() -> None:
    # RFC 4231, test case 2, cut to 128 bits
    assert pseudonym("what do ya want for nothing?", "Jefe") == "5bdcc146bf60754e6a042426089575c7"


@given(st.text(), st.text(), keys, keys)
def test_differs_by_value_and_by_key(value: str, other: str, key: str, other_key: str) -> None:
    assert (pseudonym(value, key) == pseudonym(other, key)) == (value == other)
    padded, other_padded = key.encode().ljust(64, b"\0"), other_key.encode().ljust(64, b"\0")
    assume(len(padded) == len(other_padded) == 64)
    assert (pseudonym(value, key) == pseudonym(value, other_key)) == (padded == other_padded)


@given(st.text(), st.lists(keys, min_size=1, max_size=5))
def test_after_rotations_each_older_name_leads_to_every_newer_one(value: str, each: list[str]) -> None:
    setting = ",".join(each)
    names = every_pseudonym(value, setting)
    assert names == [pseudonym(value, ",".join(each[:count])) for count in range(1, len(each) + 1)]
    assert [version_of(name) for name in names] == list(range(1, len(each) + 1))
    for place, name in enumerate(names):
        assert later_pseudonyms(name, setting) == names[place + 1 :]


def test_a_leaked_old_key_does_not_tell_the_newest_names() -> None:
    newest = pseudonym("42", "old,new")
    assert newest not in {pseudonym("42", "old"), pseudonym("42", "new"), pseudonym("42", "new,old")}
    assert newest.startswith("k2-") and len(newest) == len("k2-") + 32
