"""What counts as keeping up, and how the highest rate is looked for."""

from __future__ import annotations

from benchmarks.highest_rate import GeneratorTooSlow, climb, is_flat


def test_a_lag_that_grows_is_not_kept_up_with() -> None:
    assert is_flat([300, 280, 310, 290, 300, 305], rate=1_000)
    assert not is_flat([n * 500 for n in range(12)], rate=1_000)


def test_the_rate_is_doubled_and_then_looked_for_between() -> None:
    assert climb(lambda rate: rate <= 7_000) == (7_000, False)
    assert climb(lambda rate: rate <= 1_000) == (1_000, False)


def test_a_rate_that_cannot_be_sent_ends_the_climb() -> None:
    def keeps(rate: int) -> bool:
        if rate > 4_000:
            raise GeneratorTooSlow("too slow")
        return True

    assert climb(keeps) == (4_000, True)
