"""The demo shop's REST endpoints and those below /demo/: pages, filters, amounts, tokens and limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

from benchmarks.support.small_shop import START
from comptoir.settings import get_settings
from demo_shop.profile import ShopProfile
from demo_shop.server import create_app
from demo_shop.shopify.throttle import Bucket
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.ledger import ledger
from demo_shop.store.store import Store
from demo_shop.traffic.simulator import take_delivery

ADMIN = "/admin/api/2026-10"
FIRST = FIRST_IDS["product"]
ZERO = Decimal(0)
MakeClient = Callable[..., TestClient]
Amounts = tuple[Decimal, Decimal]  # in the customer's currency, in the shop's


@pytest.fixture
def make_client(store: Store, tmp_path: Path) -> MakeClient:
    def make(rest_bucket: Bucket | None = None) -> TestClient:
        schema_file = get_settings().shopify_schema_file
        app = create_app(store, ShopProfile(), schema_file, tmp_path / "bulk", "secret", rest_bucket=rest_bucket)
        return TestClient(app, headers={"X-Shopify-Access-Token": "secret"})

    return make


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()


def listed(client: TestClient, name: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{ADMIN}/{name}.json", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()[name]


@pytest.mark.parametrize("path", [f"{ADMIN}/shop.json", f"{ADMIN}/orders.json", "/admin/oauth/access_scopes.json"])
def test_a_wrong_token_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"X-Shopify-Access-Token": "guess"})

    assert answer.status_code == 401
    assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


def test_a_wrong_token_is_refused_in_graphql(client: TestClient) -> None:
    path, query = f"{ADMIN}/graphql.json", {"query": "{ shop { name } }"}

    assert client.post(path, json=query, headers={"X-Shopify-Access-Token": ""}).status_code == 401
    assert client.post(path, json=query).json()["data"] == {"shop": {"name": "comptoir-demo"}}


def test_the_shop_names_its_currency_time_zone_and_version(client: TestClient) -> None:
    answer = client.get(f"{ADMIN}/shop.json")

    shop = answer.json()["shop"]
    assert (shop["currency"], shop["iana_timezone"]) == ("EUR", "Europe/Paris")
    assert shop["enabled_presentment_currencies"] == ["EUR", "USD"]
    assert answer.headers["X-Shopify-API-Version"] == "2026-10"


@pytest.mark.parametrize("order", ["id asc", "id desc", "updated_at asc", "created_at desc"])
def test_links_lead_through_all_orders_once(client: TestClient, order: str) -> None:
    answer = client.get(f"{ADMIN}/orders.json", params={"status": "any", "limit": 1, "order": order})
    seen = []
    while True:
        seen += [record["id"] for record in answer.json()["orders"]]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
        assert url.startswith("https://comptoir-demo.myshopify.com/admin/api/2026-10/orders.json?")
        answer = client.get(url.removeprefix("https://comptoir-demo.myshopify.com"))

    assert len(seen) == 4 and len(set(seen)) == 4
    if order.startswith("id"):
        assert seen == sorted(seen, reverse=order.endswith("desc"))


def test_orders_are_filtered_by_status_and_time(client: TestClient) -> None:
    after = (START + timedelta(days=30, hours=3)).isoformat()

    assert len(listed(client, "orders")) == 3, "open orders only, unless asked"
    assert [o["name"] for o in listed(client, "orders", status="cancelled")] == ["#1003"]
    changed = listed(client, "orders", status="any", updated_at_min=after, order="updated_at asc")
    assert [o["name"] for o in changed] == ["#1004", "#1003", "#1002"]
    assert [o["name"] for o in listed(client, "orders", status="any", since_id=FIRST_IDS["order"] + 2)] == ["#1004"]


def test_an_order_tells_prices_discounts_and_taxes_in_both_currencies(client: TestClient) -> None:
    paid, *_, guest = listed(client, "orders", status="any")
    first, second = paid["line_items"]

    assert (paid["subtotal_price"], paid["total_tax"], paid["total_price"]) == ("270.63", "54.12", "324.75")
    assert paid["discount_codes"] == [{"code": "WELCOME10", "amount": "30.07", "type": "percentage"}]
    assert [a["amount"] for a in first["discount_allocations"]] == ["19.98"]
    assert second["tax_lines"][0]["rate"] == 0.2
    assert paid["created_at"] == "2026-03-31T10:00:00+02:00", "the shop's own time"
    assert paid["customer"]["email"] == "chloe0@example.com"
    assert guest["customer"] is None and guest["shipping_address"]["country_code"] == "US"
    assert (guest["currency"], guest["presentment_currency"]) == ("EUR", "USD")
    assert guest["total_price_set"] == {
        "shop_money": {"amount": "104.80", "currency_code": "EUR"},
        "presentment_money": {"amount": "113.18", "currency_code": "USD"},
    }


def test_net_sales_recomputed_from_the_api_equal_the_ledger(client: TestClient, store: Store) -> None:
    chance, at = Random(3), START
    for _ in range(120):
        at += timedelta(hours=chance.randint(1, 9))
        basket = [
            (FIRST + position, chance.randint(1, 4)) for position in chance.sample(range(7), chance.randint(1, 3))
        ]
        code = chance.choice([None, "WELCOME10"])
        order = store.place_order(basket, currency=chance.choice(["EUR", "USD"]), discount_code=code, at=at)
        if chance.random() < 0.4:
            line = chance.choice(order.lines)
            store.refund_order(
                order.order_id, {line.line_id: chance.randint(1, line.quantity)}, at=at + timedelta(days=3)
            )
        if chance.random() < 0.2:
            store.cancel_order(order.order_id, at=at + timedelta(days=4))

    net: dict[tuple[str, str], Amounts] = defaultdict(lambda: (ZERO, ZERO))
    for order in listed(client, "orders", status="any", limit=250):
        for day, amounts in movements(order):
            before = net[day, order["presentment_currency"]]
            net[day, order["presentment_currency"]] = (before[0] + amounts[0], before[1] + amounts[1])

    days = client.get("/demo/ledger").json()["days"]
    rows = {(day["sales_date"], day["currency"]): (Decimal(day["net"]), Decimal(day["net_shop"])) for day in days}
    assert rows == net
    assert len(rows) > 20


def movements(order: dict[str, Any]) -> Iterator[tuple[str, Amounts]]:
    """(day, net sales in the customer's and the shop's currency) of an order in the API's answer."""
    left = (ZERO, ZERO)
    for line in order["line_items"]:
        price = both(line["price_set"])
        discounts = [both(allocation["amount_set"]) for allocation in line["discount_allocations"]]
        left = (
            left[0] + price[0] * line["quantity"] - sum(discount[0] for discount in discounts),
            left[1] + price[1] * line["quantity"] - sum(discount[1] for discount in discounts),
        )
    yield order["created_at"][:10], left
    for refund in order["refunds"]:
        for line in refund["refund_line_items"]:
            back = both(line["subtotal_set"])
            left = (left[0] - back[0], left[1] - back[1])
            yield refund["created_at"][:10], (-back[0], -back[1])
    if order["cancelled_at"]:
        yield order["cancelled_at"][:10], (-left[0], -left[1])


def both(money_set: dict[str, dict[str, str]]) -> Amounts:
    return Decimal(money_set["presentment_money"]["amount"]), Decimal(money_set["shop_money"]["amount"])


def test_a_refund_is_in_the_order_and_alone(client: TestClient) -> None:
    order = listed(client, "orders", status="any")[1]
    alone = client.get(f"{ADMIN}/orders/{order['id']}/refunds.json").json()["refunds"]
    payments = client.get(f"{ADMIN}/orders/{order['id']}/transactions.json").json()["transactions"]

    assert alone == order["refunds"]
    assert order["financial_status"] == "partially_refunded"
    (line,) = alone[0]["refund_line_items"]
    assert (line["quantity"], line["subtotal"], line["total_tax"]) == (1, 100.90, 20.18)
    assert [(t["kind"], t["amount"]) for t in payments] == [("sale", "363.24"), ("refund", "121.08")]
    assert order["current_total_price"] == "242.16"


def test_a_deleted_order_is_an_event(client: TestClient, store: Store) -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    store.delete_order(FIRST_IDS["order"], at=at)
    store.delete_product(FIRST)

    events = listed(client, "events", filter="Order", verb="destroy")
    assert [(e["subject_id"], e["verb"], e["created_at"]) for e in events] == [
        (FIRST_IDS["order"], "destroy", "2026-07-01T02:00:00+02:00")
    ]
    assert listed(client, "events", filter="Order", verb="destroy", created_at_min="2026-07-02") == []
    assert listed(client, "events", filter="Order", verb="create") == []


def test_customers_and_locations_are_listed(client: TestClient) -> None:
    customers = listed(client, "customers", order="updated_at asc", updated_at_min="2026-03-01T10:00:00 01:00")

    assert [c["email_marketing_consent"]["state"] for c in customers] == ["subscribed", "not_subscribed"]
    assert customers[0]["default_address"]["country"] == "France"
    assert [location["name"] for location in listed(client, "locations")] == ["Store 0", "Store 1"]


@pytest.mark.parametrize(
    "parameters",
    [{"page_info": "x"}, {"updated_at_min": "soon"}, {"order": "title asc"}, {"limit": "many"}, {"status": "x"}],
)
def test_a_senseless_parameter_is_a_bad_request(client: TestClient, parameters: dict[str, str]) -> None:
    answer = client.get(f"{ADMIN}/orders.json", params=parameters)

    assert answer.status_code == 400 and answer.json()["errors"]


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    for path in ("orders/1.json", "orders/1/refunds.json", "orders/1/transactions.json", "customers/1.json"):
        assert client.get(f"{ADMIN}/{path}").status_code == 404


def test_calls_are_counted_and_too_many_refused(make_client: MakeClient) -> None:
    now = [0.0]
    client = make_client(Bucket(maximum=3, restore_rate=1, clock=lambda: now[0]))
    answers = [client.get(f"{ADMIN}/shop.json") for _ in range(4)]

    assert [a.headers.get("X-Shopify-Shop-Api-Call-Limit") for a in answers[:3]] == ["1/3", "2/3", "3/3"]
    assert answers[3].status_code == 429 and answers[3].headers["Retry-After"] == "2.0"
    now[0] += 2
    assert client.get(f"{ADMIN}/shop.json").status_code == 200


def test_an_order_placed_over_http_is_in_the_api_and_the_ledger(client: TestClient, store: Store) -> None:
    wanted = {"currency": "USD", "country_code": "US", "lines": [{"product_id": FIRST + 3, "quantity": 2}]}
    placed = client.post("/demo/orders", json=wanted)
    order = placed.json()
    line = order["lines"][0]["line_id"]
    refunded = client.post(f"/demo/orders/{order['order_id']}/refund", json={"lines": {str(line): 1}})
    cancelled = client.post(f"/demo/orders/{order['order_id']}/cancel", json={"reason": "inventory"})

    assert (placed.status_code, refunded.status_code, cancelled.status_code) == (201, 200, 200)
    record = client.get(f"{ADMIN}/orders/{order['order_id']}.json").json()["order"]
    assert (record["cancel_reason"], record["financial_status"]) == ("inventory", "voided")
    day = client.get("/demo/ledger").json()["days"][-1]
    today = ledger([store.order(order["order_id"])], "Europe/Paris")[0]  # type: ignore[list-item]
    assert (day["currency"], Decimal(day["net"]), Decimal(day["gross"])) == ("USD", today.net, today.gross)
    assert today.net == 0 and today.gross == Decimal("222.26")


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/demo/orders", b'{"lines": []}', "at least one line"),
        ("/demo/orders", b"not json", "malformed"),
        ("/demo/orders", b'{"lines": [{"product_id": "x"}]}', "Expected `int`"),
        ("/demo/orders", b'{"lines": [{"product_id": 99999999999999999999}]}', "Expected `int`"),
        ("/demo/orders", b'{"lines": [{"product_id": 1, "quantity": 9999999}]}', "Expected `int` <="),
        ("/demo/orders", b'{"lines": [{"product_id": 1}], "source_name": "a\\u0000"}', "Expected `str` matching"),
        ("/demo/orders", b'{"lines": [{"product_id": 1}], "note": ' + b"[" * 20_000, "recursion"),
        ("/demo/orders", b'{"lines": [{"product_id": 1}], "currency": "\xff"}', "utf-8"),
        ("/demo/orders/1/refund", b"{}", "no order 1"),
        ("/demo/orders/1/cancel", b"", "no order 1"),
    ],
)
def test_an_impossible_wish_is_a_bad_request(client: TestClient, path: str, body: bytes, reason: str) -> None:
    answer = client.post(path, content=body)

    assert answer.status_code == 400 and reason in answer.json()["errors"]


def test_a_bulk_result_is_downloaded_without_a_token(client: TestClient) -> None:
    def ask(query: str) -> dict[str, Any]:
        return client.post(f"{ADMIN}/graphql.json", json={"query": query}).json()["data"]

    payload = ask("""mutation { bulkOperationRunQuery(groupObjects: true, query: "{ products { nodes { id } } }") {
        bulkOperation { id } } }""")
    gid = payload["bulkOperationRunQuery"]["bulkOperation"]["id"]
    node = ask(f'{{ node(id: "{gid}") {{ ... on BulkOperation {{ status url }} }} }}')["node"]
    path = node["url"].removeprefix("https://comptoir-demo.myshopify.com")

    answer = client.get(path, headers={"X-Shopify-Access-Token": ""})

    assert node["status"] == "COMPLETED"
    assert answer.status_code == 200 and len(answer.text.splitlines()) == 7
    assert client.get(path.replace("Signature=", "Signature=x")).status_code == 404


def test_health_counts_what_is_in(client: TestClient) -> None:
    health = client.get("/demo/health").json()

    assert (health["status"], health["products"], health["orders"]) == ("ok", 7, 4)


def test_products_stock_and_counts(client: TestClient, store: Store) -> None:
    (product, *_) = listed(client, "products", limit=1)
    known = store.product(product["id"])
    assert known and product["variants"][0]["inventory_policy"] == known.inventory_policy.lower()
    assert client.get(f"{ADMIN}/products/{known.product_id}.json").json()["product"] == product
    levels = listed(client, "inventory_levels", inventory_item_ids=known.inventory_item_id)
    assert {level["location_id"]: level["available"] for level in levels} == known.stock
    assert client.get(f"{ADMIN}/inventory_levels.json").status_code == 422
    metafields = client.get(f"{ADMIN}/products/{known.product_id}/metafields.json").json()["metafields"]
    assert {field["key"]: field["value"] for field in metafields} == known.attributes
    for table in ("products", "customers"):
        assert client.get(f"{ADMIN}/{table}/count.json").json() == {"count": store.count(table)}
    assert client.get(f"{ADMIN}/orders/count.json?status=any").json() == {"count": store.count("orders")}


@pytest.mark.parametrize("path", ["/collects.json", "/products/1.json", "/themes/count.json", "/nothing/at/all"])
def test_what_is_not_there_is_answered_in_json(client: TestClient, path: str) -> None:
    answer = client.get(ADMIN + path)
    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})


def test_headers_are_written_as_shopify_writes_them(client: TestClient) -> None:
    names = {name for name, _ in client.get(f"{ADMIN}/shop.json").headers.raw}
    assert {b"X-Shopify-Shop-Api-Call-Limit", b"X-Shopify-API-Version"} <= names


def test_a_delivery_brings_a_sold_out_product_back(store: Store) -> None:
    product = next(p for p in store.products() if p.status == "ACTIVE")
    store.save_products([replace(product, stock=dict.fromkeys(product.stock, 0))])
    sold_out = {p.product_id for p in store.products() if p.status == "ACTIVE" and not p.is_in_stock}
    take_delivery(store, Random(1))
    left = {p.product_id for p in store.products() if p.status == "ACTIVE" and not p.is_in_stock}
    assert product.product_id in sold_out and len(sold_out - left) == 1
