"""The arms of the experiment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.experiment import arm_of


@given(st.text(min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_visitor_stays_in_control_when_the_share_grows(visitor: str, share: float, more: float) -> None:
    assert arm_of(visitor, share) == arm_of(visitor, share)
    if arm_of(visitor, share) == "control":
        assert arm_of(visitor, max(share, more)) == "control"


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_the_share_of_the_visitors_is_what_was_asked_for(share: float) -> None:
    drawn = [arm_of(f"visitor-{number}", share) for number in range(20_000)]
    assert drawn.count("control") / len(drawn) == pytest.approx(share, abs=0.01)
    assert set(drawn) <= {"control", "treatment"}


def test_who_has_no_id_is_in_no_arm() -> None:
    assert arm_of("", 1.0) is None
