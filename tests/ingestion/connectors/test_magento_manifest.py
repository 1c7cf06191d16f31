"""How the Magento manifest reads lists: nothing is lost between pages or runs, and errors are reported."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from starlette.responses import JSONResponse, Response

from benchmarks.support.small_shop import START, a_product, fill
from demo_shop.store.model import Order
from demo_shop.store.store import Store
from ingestion.sync_report import StreamStatus
from tests.support.magento_shop import BROKEN, TOKEN, MagentoShop, magento_error, magento_shop
from tests.support.warehouse_fixtures import query

pytestmark = pytest.mark.services

FILLED = START + timedelta(days=30)
LATER = START + timedelta(days=40)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[MagentoShop]:
    store = Store(tmp_path / "shop.sqlite")
    fill(store)
    with magento_shop(store, tmp_path) as running:
        yield running
    store.close()


def ordered(shop: MagentoShop, count: int) -> list[Order]:
    """`count` orders of one second."""
    return [shop.store.place_order([(a_product(1).product_id, 1)], at=LATER) for _ in range(count)]


def in_raw(database: str) -> set[int]:
    return {order_id for (order_id,) in query(database, "select entity_id from raw_shop.orders")}


def in_shop(shop: MagentoShop) -> set[int]:
    return {order.order_id for order in shop.store.orders()}


@pytest.mark.parametrize("count", [7, 8])  # 11 and 12 orders with those of the shop: pages of two, the last one full
def test_more_rows_of_one_second_than_a_page_has_are_all_read(shop: MagentoShop, database: str, count: int) -> None:
    ordered(shop, count)

    report = shop.sync(database, "orders")

    assert report.success, report.message
    assert in_raw(database) == in_shop(shop) and len(in_shop(shop)) == count + 4
    assert report.streams["orders"].records_emitted == count + 4  # the last page is not read again and again
    first = {name: values[-1] for name, values in parse_qs(shop.asked["orders"][0]).items()}
    assert first["searchCriteria[filterGroups][0][filters][0][conditionType]"] == "gteq"
    sorts = [f"searchCriteria[sortOrders][{place}][field]" for place in range(2)]
    assert [first[name] for name in sorts] == ["updated_at", "entity_id"]


def test_an_unchanged_shop_writes_nothing_and_the_second_of_the_newest_row_is_read_again(
    shop: MagentoShop, database: str
) -> None:
    ordered(shop, 1)
    assert shop.sync(database, "orders").success
    again = shop.sync(database, "orders")
    assert again.success and again.rows_written == 0, again.message
    assert again.streams["orders"].records_emitted == 1  # the look-back is a day; the other ones are older

    # in the same second as the state, and before it
    late = [*ordered(shop, 1), shop.store.place_order([(a_product(2).product_id, 1)], at=LATER - timedelta(hours=20))]
    third = shop.sync(database, "orders")
    assert third.success and third.rows_written == 2
    assert {order.order_id for order in late} < in_raw(database) == in_shop(shop)


def test_orders_that_change_while_the_pages_are_read_push_none_aside(shop: MagentoShop, database: str) -> None:
    waiting = ordered(shop, 6)

    def before(path: str, times: int) -> None:
        if path == "orders" and times in (2, 3):  # two orders of pages that were not read yet
            shop.store.refund_order(waiting[times].order_id, at=LATER + timedelta(hours=times))

    shop.before = before
    assert shop.sync(database, "orders", "credit_memos").success
    # a changed one has moved to the page that was read first; the next run begins with it
    assert in_shop(shop) - in_raw(database) <= {waiting[2].order_id, waiting[3].order_id}
    shop.before = lambda _path, _times: None
    assert shop.sync(database, "orders", "credit_memos").success
    assert in_raw(database) == in_shop(shop)
    states = query(database, "select count(*) from raw_shop.orders where state = 'closed'")
    assert states == [(2,)] and query(database, "select count(*) from raw_shop.credit_memos") == [(3,)]


def test_a_busy_shop_and_broken_answers_are_asked_again(shop: MagentoShop, database: str) -> None:
    ordered(shop, 3)
    spoiled: dict[int, Response | str] = {
        1: magento_error(429, "Too many requests", Retry_After="1"),
        3: magento_error(500, "Internal Error. Details are available in Magento log file."),
        5: BROKEN,
    }
    shop.before = lambda _path, times: spoiled.get(times)

    report = shop.sync(database, "orders")

    assert report.success, report.message
    assert in_raw(database) == in_shop(shop)
    assert len(shop.asked["orders"]) == 4 + len(spoiled)  # seven orders are four pages


@pytest.mark.parametrize(("token", "status"), [(TOKEN, "SUCCEEDED"), ("guess", "FAILED")])
def test_the_runners_own_check_tells_whether_the_token_is_good(
    shop: MagentoShop, tmp_path: Path, token: str, status: str
) -> None:
    source = shop.source(token=token)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(source.config))
    command = [str(source.connector.executable), "check", "--config", str(config)]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout.splitlines()

    (reported,) = (message for line in lines if (message := json.loads(line))["type"] == "CONNECTION_STATUS")
    assert reported["connectionStatus"]["status"] == status


def test_a_refused_token_is_one_sentence(shop: MagentoShop, database: str) -> None:
    message = shop.sync(database, "orders", token="wrong-token").message

    assert "Magento refused" in message and "Magento_Sales::sales" in message and "access token" in message
    assert "wrong-token" not in message and "\n" not in message


def test_a_token_that_expires_half_way_fails_one_stream_and_the_next_run_converges(
    shop: MagentoShop, database: str
) -> None:
    ordered(shop, 3)

    def before(path: str, times: int) -> Response | None:
        is_refused = path == "orders" and times > 1
        return magento_error(401, "The consumer isn't authorized to access %resources.") if is_refused else None

    shop.before = before
    report = shop.sync(database, "customers", "orders")
    assert not report.success
    assert report.streams["customers"].status is StreamStatus.COMPLETE
    assert report.streams["orders"].status is not StreamStatus.COMPLETE
    assert "Magento refused" in (report.streams["orders"].error or "") and TOKEN not in report.message

    shop.before = lambda _path, _times: None
    assert shop.sync(database, "customers", "orders").success
    assert in_raw(database) == in_shop(shop)


def test_stock_and_ratings_follow_the_shop(shop: MagentoShop, database: str) -> None:
    streams = ("source_items", "product_ratings", "products")
    assert shop.sync(database, *streams, page_size=3).success
    key = "select count(*), count(distinct (sku, source_code)) from raw_shop.source_items"
    assert query(database, key) == [(14, 14)]
    assert query(database, "select rating_summary, review_count from raw_shop.product_ratings where sku = 'LAP-1'") == [
        (90, 12)
    ]

    shop.store.update_product(a_product(1).product_id, stock={min(a_product(1).stock): 1}, rating_count=13, at=LATER)
    shop.store.delete_product(a_product(6).product_id)
    assert shop.sync(database, *streams, page_size=3).success
    # streams that are read completely no longer have deleted rows
    assert query(database, key) == [(11, 11)]
    assert query(database, "select review_count from raw_shop.product_ratings where sku = 'LAP-1'") == [(13,)]
    assert query(database, "select count(*) from raw_shop.product_ratings") == [(6,)]


def test_zero_dates_of_a_migration_are_null_and_stop_nothing(shop: MagentoShop, database: str) -> None:
    zero = "0000-00-00 00:00:00"
    rows = {
        "orders": [
            {"entity_id": 1, "created_at": zero, "updated_at": None, "items": []},
            {"entity_id": 2, "created_at": "2026-05-01 10:00:00", "updated_at": zero, "items": [], "status_histories":
             [{"status": "canceled", "created_at": at} for at in (None, zero, "2026-05-02 10:00:00")]},
        ],
        "customers/search": [{"id": 3, "created_at": zero, "updated_at": zero, "addresses": []}],
    }  # fmt: skip

    def migrated(name: str, _times: int) -> Response:
        page = {"current_page": 1, "page_size": 100}
        return JSONResponse({"items": rows[name], "search_criteria": page, "total_count": len(rows[name])})

    shop.before = migrated

    report = shop.sync(database, "orders", "customers", page_size=100)

    assert report.success, report.message
    days = "to_char(created_at, 'YYYY-MM-DD'), to_char(canceled_at, 'YYYY-MM-DD')"
    assert query(database, f"select entity_id, {days} from raw_shop.orders order by 1") == [
        (1, None, None), (2, "2026-05-01", "2026-05-02"),
    ]  # fmt: skip
    assert query(database, "select id, created_at from raw_shop.customers") == [(3, None)]
