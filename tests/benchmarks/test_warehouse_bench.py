"""The shop that the warehouse benchmark generates: its days fit together, and it refuses a disk that is too small."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.dashboard_queries import dashboard_queries
from benchmarks.figure import CannotMeasure
from benchmarks.warehouse_shop import ShopSize, WarehouseShop
from tests.support.warehouse_fixtures import query

SIZE = ShopSize(events=6_000, orders=3_650, events_a_day=200, customers=50, products=40)


@pytest.mark.services
def test_a_day_fits_the_history_before_it(database: str) -> None:
    shop = WarehouseShop(database, SIZE)
    events, orders = shop.fill(lambda _: None)
    assert events == pytest.approx(SIZE.events, rel=0.15)
    assert orders > SIZE.orders * 0.9
    for _ in range(3):
        came, changed = shop.live()
        assert came == pytest.approx(SIZE.events_a_day, rel=0.4)
        assert changed > 0
    [(rows, ids, late, bots)] = query(
        database,
        "select count(*), count(distinct event_id), count(*) filter (where is_late), count(*) filter (where is_bot)"
        " from raw_clickstream.events",
    )
    assert rows == ids
    assert 0 < late < rows / 20 and 0 < bots < rows / 5
    [(unknown,)] = query(
        database,
        "select count(*) from raw_clickstream.events as completed left join raw_shop.orders"
        " on completed.properties ->> 'order_id' = orders.id::text"
        " where completed.event_name = 'Order Completed' and orders.id is null",
    )
    assert unknown == 0
    [(refunded, cancelled)] = query(
        database,
        "select count(*) filter (where jsonb_array_length(refunds) > 0), count(cancelled_at) from raw_shop.orders",
    )
    assert refunded > cancelled > 0


def test_too_small_a_disk_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure, match=r"need \d+ GB of disk and .* GB free: set TMPDIR"):
        ShopSize(events=10**12, orders=10**6, events_a_day=10**6).check_disk(tmp_path)


def test_the_dashboards_ten_queries_are_those_of_its_pages() -> None:
    assert len(dashboard_queries()) == 10
