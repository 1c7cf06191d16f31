"""The recommender that the yardstick calls: it learns from events, at once and one by one, and needs a yardstick."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import yardstick_shop
from benchmarks.figure import CannotMeasure
from benchmarks.recommendation_quality import Recommender, measure
from benchmarks.settings import BenchmarkSettings
from tests.support.shops import yardstick_events


def test_what_the_yardstick_calls_recommends_from_what_it_learned() -> None:
    events = yardstick_events(60)
    recommender = Recommender()
    recommender.fit(events)
    prefix = [(event["item"], event["ts"], event["type"]) for event in events if event["session"] == "s0"][:2]
    shown = recommender.recommend(prefix, 20)
    assert len(set(shown)) == 20 and prefix[-1][0] not in shown
    assert recommender.recommend(prefix, 5) == shown[:5]


def test_an_event_changes_the_list_at_once() -> None:
    events = yardstick_events(60)
    recommender = Recommender()
    recommender.fit(events)
    seen = events[0]["item"]
    for number in range(20):
        for second, item in enumerate((seen, "newcomer")):
            recommender.update({**events[0], "session": f"n{number}", "item": item, "ts": events[-1]["ts"] + second})
    assert recommender.recommend([(seen, events[-1]["ts"] + 60, "view")], 20)[0] == "newcomer"


def test_without_a_yardstick_it_says_what_to_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = BenchmarkSettings(yardstick=tmp_path / "recs_yardstick.py", yardstick_data=tmp_path)
    monkeypatch.setattr(yardstick_shop, "BenchmarkSettings", lambda: settings)
    with pytest.raises(CannotMeasure, match="set COMPTOIR_YARDSTICK to"):
        measure()
