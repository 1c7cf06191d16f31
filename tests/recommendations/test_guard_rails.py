"""The arms of the experiment, compared by hand and from the mart."""

from __future__ import annotations

import psycopg
import pytest

from recommendations.guard_rails import FEWEST_VISITORS, compare
from streaming.experiment_outcome import read_guard_rails

MART = """
    create table marts.mart_experiment_daily (
        event_date date, arm text, visitors_count int, clicking_visitors_count int, buying_visitors_count int
    )
"""


def test_a_difference_is_weighed_against_chance() -> None:
    # 45 of 500 against 60 of 500: z = -1.545, by hand
    found = compare("buy", (45, 500), (60, 500))
    assert found.p_value == pytest.approx(0.0612, abs=1e-3)
    assert not found.is_harm
    assert compare("buy", (450, 5000), (600, 5000)).is_harm
    assert not compare("buy", (600, 5000), (450, 5000)).is_harm, "better is no harm"
    assert compare("buy", (0, 500), (0, 500)).p_value == 0.5


def mart(database: str, *rows: tuple[str, str, int, int, int]) -> str:
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(MART)
        cursor.executemany("insert into marts.mart_experiment_daily values (%s, %s, %s, %s, %s)", rows)
    return database


@pytest.mark.services
def test_harm_of_the_last_two_weeks_is_told_in_a_sentence(database: str) -> None:
    old = ("2026-03-01", "treatment", 9_000, 9_000, 9_000)
    new = [("2026-04-01", "treatment", 5_000, 500, 100), ("2026-04-02", "control", 1_000, 200, 25)]
    rails = read_guard_rails(mart(database, old, *new))
    assert not rails.hold
    assert rails.message.startswith("Personal recommendations do harm: 10.00% of the visitors with")
    assert [one.is_harm for one in rails.comparisons] == [True, False]


@pytest.mark.services
def test_few_visitors_say_nothing(database: str) -> None:
    few = FEWEST_VISITORS - 1
    arms = [("2026-04-01", "treatment", 5_000, 0, 0), ("2026-04-01", "control", few, few, few)]
    rails = read_guard_rails(mart(database, *arms))
    assert rails.hold and rails.comparisons == []
    assert "COMPTOIR_CONTROL_SHARE" in rails.message
