"""What counts as half a list."""

from __future__ import annotations

import pytest

from benchmarks.list_reads import is_half

WHOLE = [(1, "a", "m", "t"), (2, "b", "m", "t"), (3, "c", "m", "t")]


def test_a_whole_list_and_none_are_not_half() -> None:
    assert not is_half(WHOLE) and not is_half([])


@pytest.mark.parametrize(
    "rows",
    [
        WHOLE[1:],
        [WHOLE[0], WHOLE[2]],
        [*WHOLE, (4, "a", "m", "t")],
        [*WHOLE[:2], (3, "c", "m", "later")],
        [*WHOLE, WHOLE[2]],
    ],
)
def test_gaps_repeats_and_two_versions_are(rows: list[tuple[int, str, str, str]]) -> None:
    assert is_half(rows)
