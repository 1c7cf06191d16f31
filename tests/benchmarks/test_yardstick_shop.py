"""The shop that replays the events of a yardstick: learning one by one equals learning at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.yardstick_shop import YardstickShop, load_yardstick
from tests.support.shops import yardstick_events


def test_events_learned_one_by_one_count_as_those_learned_at_once() -> None:
    events = yardstick_events(60)
    at_once, one_by_one = YardstickShop(events), YardstickShop(events[:100])
    for event in events[100:]:
        one_by_one.update(event)
    assert at_once.counts.similar.keys() == one_by_one.counts.similar.keys()
    for product, weights in at_once.counts.similar.items():
        assert one_by_one.counts.similar[product] == pytest.approx(weights)
        assert one_by_one.counts.popularity(product) == at_once.counts.popularity(product)
    assert dict(at_once.counts.trend("")) == pytest.approx(dict(one_by_one.counts.trend("")))


def test_a_wrong_path_is_named() -> None:
    with pytest.raises(SystemExit, match=r"nowhere\.py is not the yardstick"):
        load_yardstick(Path("nowhere.py"))
