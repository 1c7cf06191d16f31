"""Our own client against the demo shop: throttling, broken answers, refusals, and what the shop lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.responses import JSONResponse

from benchmarks.support.running_shop import (
    RunningShop,
    answering,
    broken,
    running_shop,
    silent,
    throttled,
    too_many,
    truncated,
)
from benchmarks.support.small_shop import START, a_product
from ingestion.connectors.shopify import api as api_module
from ingestion.connectors.shopify.api import ShopifyApi, ShopifyError
from ingestion.connectors.shopify.census import ShopifyCensus

GRAPHQL = "/graphql.json"
PRODUCTS = "{ products { edges { node { id updatedAt } } } }"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop("postgresql://nowhere/none", tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(autouse=True)
def no_faults_left(shop: RunningShop, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for method in (ShopifyApi.query, ShopifyApi._start_bulk, ShopifyApi._download):
        monkeypatch.setattr(method.retry, "sleep", lambda seconds: None)  # type: ignore[attr-defined]
    shop.faults.clear()
    yield
    assert shop.faults == []


def test_it_waits_out_throttling_errors_and_lost_answers(shop: RunningShop) -> None:
    faults = [throttled(), too_many(), broken(), silent(4), truncated(), throttled()]
    shop.faults = [(GRAPHQL, fault) for fault in faults]
    with shop.api(timeout=3) as api:
        assert api.query("{ shop { name } }") == {"shop": {"name": "comptoir-demo"}}


def test_it_waits_as_long_as_the_shop_says() -> None:
    answer = {
        "extensions": {
            "cost": {"requestedQueryCost": 100, "throttleStatus": {"currentlyAvailable": 40, "restoreRate": 50}}
        }
    }
    assert api_module._seconds_to_refill(answer) == 1.2
    assert api_module._seconds_to_refill({}) is None


def test_it_gives_up_with_one_sentence(shop: RunningShop) -> None:
    shop.faults = [(GRAPHQL, broken())] * api_module.ATTEMPTS
    with shop.api() as api, pytest.raises(ShopifyError, match="did not answer after 8 attempts: HTTP 500"):
        api.query("{ shop { name } }")


def test_a_wrong_question_is_not_repeated(shop: RunningShop) -> None:
    shop.paths.clear()
    with shop.api() as api, pytest.raises(ShopifyError, match=r"refused our query: .* at `nonsense`$"):
        api.query("{ nonsense }")
    assert len(shop.paths) == 1


def test_a_bulk_result_is_whole_or_fetched_again(shop: RunningShop) -> None:
    shop.faults = [
        (GRAPHQL, throttled()),
        ("/demo/bulk", truncated()),
        ("/demo/bulk", truncated(0.9)),
        ("/demo/bulk", broken()),
    ]
    with shop.api() as api:
        objects = list(api.bulk(PRODUCTS))
    assert [node["id"].rpartition("/")[2] for node in objects] == [str(a_product(n).product_id) for n in range(7)]


def test_a_bulk_query_waits_for_its_turn(shop: RunningShop) -> None:
    message = "A bulk query operation for this app and shop is already in progress"
    busy = {"bulkOperation": None, "userErrors": [{"code": "OPERATION_IN_PROGRESS", "message": message}]}
    shop.faults = [(GRAPHQL, answering(JSONResponse({"data": {"bulkOperationRunQuery": busy}})))]
    with shop.api() as api:
        assert len(list(api.bulk(PRODUCTS))) == 7


def test_a_bulk_query_without_result_is_empty(shop: RunningShop) -> None:
    with shop.api() as api:
        assert list(api.bulk("{ products(query: \"updated_at:>='2030-01-01'\") { edges { node { id } } } }")) == []


def test_a_failed_bulk_operation_is_one_sentence(shop: RunningShop) -> None:
    failed = {"status": "FAILED", "errorCode": "ACCESS_DENIED", "objectCount": "0", "url": None}
    started = {"bulkOperation": {"id": "gid://shopify/BulkOperation/1"}, "userErrors": []}
    shop.faults = [
        (GRAPHQL, answering(JSONResponse({"data": {"bulkOperationRunQuery": started}}))),
        (GRAPHQL, answering(JSONResponse({"data": {"bulkOperation": failed}}))),
    ]
    with shop.api() as api, pytest.raises(ShopifyError, match="bulk operation ended as FAILED: ACCESS_DENIED"):
        list(api.bulk(PRODUCTS))


def test_what_the_shop_lists_is_what_it_has(shop: RunningShop) -> None:
    with shop.api() as api:
        census = ShopifyCensus(api)
        assert abs(census.now() - datetime.now(UTC)) < timedelta(seconds=5)
        assert census.orders_visible_since() is None  # the demo shop's app may read all orders
        orders = {order.order_id: order for order in census.orders_changed_since(START)}
        guest = shop.orders[3]
        assert set(orders) == {str(order.order_id) for order in shop.orders}
        assert orders[str(guest.order_id)].currency == "USD"
        assert str(orders[str(guest.order_id)].total) == "113.18"  # 99.90 and 4.90 at 1.08
        later = shop.orders[1].updated_at
        assert [order.order_id for order in census.orders_changed_since(later)] == [str(shop.orders[1].order_id)]
        assert census.counts(START, datetime.now(UTC)) == {"products": 7, "orders": 4}
        assert census.counts(START + timedelta(days=1), datetime.now(UTC)) == {"products": 0, "orders": 4}
        product = a_product(0)
        keys = {stream.stream: [listed.key for listed in census.keys(stream.stream)] for stream in census.streams}
        assert {stream: len(found) for stream, found in keys.items()} == {
            "products": 7, "product_variants": 7, "inventory_items": 7, "inventory_levels": 14, "customers": 3,
            "orders": 4,
        }  # fmt: skip
        assert f"{min(product.stock)}|{product.inventory_item_id}" in keys["inventory_levels"]
        assert str(product.variant_id) in keys["product_variants"]


def test_without_the_scope_only_the_last_orders_are_compared(shop: RunningShop) -> None:
    scopes = {"currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}]}}
    shop.faults = [(GRAPHQL, answering(JSONResponse({"data": scopes})))]
    with shop.api() as api:
        visible_since = ShopifyCensus(api).orders_visible_since()
    assert visible_since and timedelta(days=58) < datetime.now(UTC) - visible_since < timedelta(days=60)
