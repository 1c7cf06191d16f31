"""The demo shop answers GraphQL by Shopify's schema, and refuses what Shopify refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.support.small_shop import a_product
from comptoir.settings import get_settings
from demo_shop.profile import ShopProfile
from demo_shop.shopify.graphql.api import GraphqlApi
from demo_shop.shopify.graphql.bulk_operations import BulkOperations
from demo_shop.shopify.graphql.cost import page_weight
from demo_shop.shopify.graphql.schema import load_schema
from demo_shop.shopify.graphql.search_syntax import parse_search
from demo_shop.shopify.throttle import Bucket
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.store import Store

Ask = Callable[..., dict[str, Any]]
FIRST = FIRST_IDS["product"]


@pytest.fixture
def make_ask(store: Store, tmp_path: Path) -> Callable[..., Ask]:
    """Makes a client with its own bucket of points."""
    schema = load_schema(get_settings().shopify_schema_file)
    bulk_operations = BulkOperations(schema, tmp_path / "bulk", "https://comptoir-demo.myshopify.com")

    def make(bucket: Bucket | None = None) -> Ask:
        api = GraphqlApi(schema, store, ShopProfile(), bulk_operations, bucket)

        def ask(query: str, **variables: Any) -> dict[str, Any]:
            # as the server sends it: what cannot be written as JSON must fail here
            return json.loads(json.dumps(api.answer(json.dumps({"query": query, "variables": variables}).encode())))

        return ask

    return make


@pytest.fixture
def ask(make_ask: Callable[..., Ask]) -> Ask:
    return make_ask()


def data(answer: dict[str, Any]) -> dict[str, Any]:
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def message(answer: dict[str, Any]) -> str:
    return answer["errors"][0]["message"]


def test_a_field_shopify_does_not_have_is_refused(ask: Ask) -> None:
    answer = ask("{ products(first: 1) { nodes { id colour } } }")

    assert "Cannot query field 'colour' on type 'Product'" in message(answer)
    assert "data" not in answer


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": 3}', b'{"query": "{", "variables": {}}', b'{"nothing": 1}'])
def test_a_body_that_is_no_request_gets_an_error_and_no_exception(store: Store, tmp_path: Path, body: bytes) -> None:
    schema = load_schema(get_settings().shopify_schema_file)
    api = GraphqlApi(schema, store, ShopProfile(), BulkOperations(schema, tmp_path / "bulk", "https://x"))

    assert api.answer(body)["errors"]


@pytest.mark.parametrize("sort_key", ["ID", "UPDATED_AT", "CREATED_AT"])
@pytest.mark.parametrize("reverse", [False, True])
def test_cursors_lead_through_every_product_once(ask: Ask, sort_key: str, reverse: bool) -> None:
    query = """query ($after: String, $sortKey: ProductSortKeys, $reverse: Boolean) {
      products(first: 3, after: $after, sortKey: $sortKey, reverse: $reverse) {
        nodes { legacyResourceId } pageInfo { hasNextPage endCursor } } }"""
    seen, after, has_next = [], None, True
    while has_next:
        page = data(ask(query, after=after, sortKey=sort_key, reverse=reverse))["products"]
        seen += [int(node["legacyResourceId"]) - FIRST for node in page["nodes"]]
        after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    if sort_key == "ID":
        assert seen == sorted(range(7), reverse=reverse)
    assert sorted(seen) == list(range(7))


def test_pages_can_be_read_backwards(ask: Ask) -> None:
    query = """query ($before: String) { products(last: 3, before: $before) {
        edges { node { legacyResourceId } } pageInfo { hasPreviousPage startCursor hasNextPage } } }"""
    last = data(ask(query))["products"]
    before_last = data(ask(query, before=last["pageInfo"]["startCursor"]))["products"]

    assert [int(e["node"]["legacyResourceId"]) - FIRST for e in last["edges"]] == [4, 5, 6]
    assert [int(e["node"]["legacyResourceId"]) - FIRST for e in before_last["edges"]] == [1, 2, 3]
    assert last["pageInfo"]["hasNextPage"] is False and before_last["pageInfo"]["hasNextPage"] is True
    assert before_last["pageInfo"]["hasPreviousPage"] is True


def test_a_product_added_between_two_pages_shifts_nothing(ask: Ask, store: Store) -> None:
    query = """query ($after: String) {
        products(first: 4, after: $after) { nodes { legacyResourceId } pageInfo { endCursor } } }"""
    first = data(ask(query))["products"]
    store.delete_product(FIRST)
    store.save_products([a_product(9)])
    second = data(ask(query, after=first["pageInfo"]["endCursor"]))["products"]

    assert [int(n["legacyResourceId"]) - FIRST for n in second["nodes"]] == [4, 5, 6, 9]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("updated_at:>='2026-03-01T12:00:00+00:00' AND updated_at:<='2026-03-01T13:00:00Z'", [4, 5]),
        ("updated_at:>'2026-03-01T12:00:00Z' updated_at:<\"2026-03-01T14:00:00Z\"", [5]),
        ("vendor:sony", [1, 3, 5]),
        ("-vendor:Sony AND status:ACTIVE", [0, 2, 4, 6]),
        (f"id:>={FIRST + 5}", [5, 6]),
        ("sku:LAP-2", [2]),
        ("status:draft", []),
        ("tag:'department:Computers'", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_search_finds_what_shopify_would(ask: Ask, search: str, expected: list[int]) -> None:
    found = data(ask("query ($q: String) { products(first: 9, query: $q) { nodes { legacyResourceId } } }", q=search))
    counted = data(ask("query ($q: String) { productsCount(query: $q) { count } }", q=search))

    assert [int(n["legacyResourceId"]) - FIRST for n in found["products"]["nodes"]] == expected
    assert counted["productsCount"]["count"] == len(expected)


@pytest.mark.parametrize("search", ["vendor:sony OR vendor:asus", "(vendor:sony)", "updated_at:>yesterday"])
def test_a_search_it_cannot_follow_is_refused_not_misread(ask: Ask, search: str) -> None:
    answer = ask("query ($q: String) { products(first: 9, query: $q) { nodes { id } } }", q=search)

    assert "understand" in message(answer) or "needs an ISO 8601 time" in message(answer)


def test_a_fraction_of_a_second_in_a_bound_counts() -> None:
    bounds = parse_search("updated_at:>='2026-11-23T21:21:47.59Z' AND updated_at:<='2026-11-23T21:21:50.2Z'").bounds

    assert bounds["updated_from"].second == 48, "everything in second 47 lies before .59, or was read before"
    assert bounds["updated_to"].second == 50


def test_ratings_and_attributes_are_metafields(ask: Ask) -> None:
    query = """query ($id: ID!) { product(id: $id) {
        rating: metafield(namespace: "reviews", key: "rating") { value type }
        count: metafield(key: "reviews.rating_count") { value jsonValue }
        specs: metafields(first: 10, namespace: "specs") { nodes { key value } }
        none: metafield(namespace: "reviews", key: "nothing") { value } } }"""
    product = data(ask(query, id=f"gid://shopify/Product/{FIRST + 1}"))["product"]

    assert json.loads(product["rating"]["value"]) == {"value": "4.5", "scale_min": "1.0", "scale_max": "5.0"}
    assert product["count"] == {"value": "12", "jsonValue": 12}
    assert product["specs"]["nodes"] == [{"key": "ram", "value": "16 GB"}, {"key": "screen_size", "value": "15.6"}]
    assert product["none"] is None


def test_stock_is_told_by_level_and_location(ask: Ask, store: Store) -> None:
    query = """{ locations(first: 5) { nodes { name inventoryLevels(first: 2) {
        nodes { item { sku variant { product { title } } }
          quantities(names: ["available", "incoming"]) { name quantity } }
        pageInfo { hasNextPage endCursor } } } } }"""
    levels = data(ask(query))["locations"]["nodes"][0]["inventoryLevels"]
    stock = [product.stock[FIRST_IDS["location"]] for product in store.products(order_by="id")]

    assert [n["quantities"][0] for n in levels["nodes"]] == [{"name": "available", "quantity": u} for u in stock[:2]]
    assert levels["nodes"][0]["quantities"][1] == {"name": "incoming", "quantity": 0}
    assert levels["nodes"][1]["item"] == {"sku": "LAP-1", "variant": {"product": {"title": "Laptop 1"}}}
    assert levels["pageInfo"]["hasNextPage"] is True


def test_an_order_tells_its_money_in_both_currencies(ask: Ask) -> None:
    query = """{ orders(first: 10, sortKey: CREATED_AT) { nodes { name displayFinancialStatus presentmentCurrencyCode
        cancelledAt customer { email } totalPriceSet { shopMoney { amount } presentmentMoney { amount currencyCode } }
        lineItems(first: 5) { nodes { quantity discountedTotalSet { shopMoney { amount } } product { id } } }
        refunds(first: 5) { createdAt totalRefundedSet { shopMoney { amount } }
          refundLineItems(first: 5) { nodes { quantity subtotalSet { shopMoney { amount } } } } }
        transactions(first: 5) { kind amountSet { shopMoney { amount } } } } } }"""
    paid, refunded, cancelled, guest = data(ask(query))["orders"]["nodes"]

    assert paid["totalPriceSet"]["shopMoney"]["amount"] == "324.75"
    assert [n["discountedTotalSet"]["shopMoney"]["amount"] for n in paid["lineItems"]["nodes"]] == ["179.82", "90.81"]
    assert refunded["refunds"][0]["refundLineItems"]["nodes"][0]["subtotalSet"]["shopMoney"]["amount"] == "100.90"
    assert [t["kind"] for t in refunded["transactions"]] == ["SALE", "REFUND"]
    assert cancelled["displayFinancialStatus"] == "VOIDED" and cancelled["cancelledAt"] == "2026-04-01T08:00:00Z"
    assert guest["customer"] is None
    assert guest["totalPriceSet"] == {
        "shopMoney": {"amount": "104.80"},
        "presentmentMoney": {"amount": "113.18", "currencyCode": "USD"},
    }


def test_a_deleted_product_appears_in_both_kinds_of_events(ask: Ask, store: Store) -> None:
    store.delete_product(FIRST + 2)
    query = """query ($q: String) {
        events(first: 10, query: $q, sortKey: CREATED_AT) { nodes { ... on BasicEvent { subjectId subjectType } } }
        deletionEvents(first: 10, subjectTypes: [PRODUCT], query: "occurred_at:>2026-01-01") {
          nodes { subjectId } } }"""
    answer = data(ask(query, q="action:destroy AND subject_type:Product"))

    gid = f"gid://shopify/Product/{FIRST + 2}"
    assert answer["events"]["nodes"] == [{"subjectId": gid, "subjectType": "PRODUCT"}]
    assert answer["deletionEvents"]["nodes"] == [{"subjectId": gid}]


def test_node_finds_everything_that_has_an_id(ask: Ask) -> None:
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id }
        none: node(id: "gid://shopify/Product/1") { id } }"""
    item = FIRST_IDS["inventory_item"]
    ids = [
        f"gid://shopify/Product/{FIRST}",
        f"gid://shopify/ProductVariant/{FIRST_IDS['variant']}",
        f"gid://shopify/InventoryItem/{item}",
        f"gid://shopify/InventoryLevel/{FIRST_IDS['location']}?inventory_item_id={item}",
        f"gid://shopify/Location/{FIRST_IDS['location']}",
        f"gid://shopify/Customer/{FIRST_IDS['customer']}",
        f"gid://shopify/Order/{FIRST_IDS['order']}",
    ]
    answer = data(ask(query, ids=ids))

    assert [node["id"] for node in answer["nodes"]] == ids
    assert answer["none"] is None


def test_what_is_no_id_is_refused_as_shopify_does(ask: Ask) -> None:
    literal = ask('{ product(id: "no gid") { id } }')
    assert literal == {
        "errors": [
            {
                "message": "Invalid global id 'no gid'",
                "extensions": {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"},
            }
        ]
    }
    variable = ask("query ($id: ID!) { product(id: $id) { id } }", id="no gid")
    assert message(variable) == "Variable $id of type ID! was provided invalid value"
    problem = {"path": [], "explanation": "Invalid global id 'no gid'"}
    assert variable["errors"][0]["extensions"] == {"value": "no gid", "problems": [problem]}


@pytest.mark.parametrize("first", ["ten", [1], {"a": 1}, None, 1.5])
def test_a_variable_of_another_type_is_refused(ask: Ask, first: Any) -> None:
    answer = ask("query ($first: Int!) { products(first: $first) { nodes { id } } }", first=first)
    assert message(answer) == "Variable $first was provided invalid value" and "data" not in answer
    assert answer["errors"][0]["extensions"]["problems"]


def test_the_schema_can_be_asked_for(ask: Ask) -> None:
    answer = data(ask('{ __schema { queryType { name fields { name } } } __type(name: "Product") { kind name } }'))
    assert answer["__type"] == {"kind": "OBJECT", "name": "Product"}
    assert "products" in {field["name"] for field in answer["__schema"]["queryType"]["fields"]}


def test_no_query_costs_more_than_it_asked_for(ask: Ask) -> None:
    for query in ("{ products(first: 3) { nodes { id variants(first: 1) { nodes { id } } } } }", "{ shop { name } }"):
        cost = ask(query)["extensions"]["cost"]
        assert cost["actualQueryCost"] <= cost["requestedQueryCost"]


def test_most_variants_deny_overselling(ask: Ask) -> None:
    query = "{ productVariants(first: 20) { nodes { inventoryPolicy inventoryQuantity availableForSale } } }"
    variants = data(ask(query))["productVariants"]["nodes"]
    policies = [variant["inventoryPolicy"] for variant in variants]
    assert policies.count("DENY") > len(policies) / 2
    for variant in variants:
        has_units = variant["inventoryQuantity"] > 0 or variant["inventoryPolicy"] == "CONTINUE"
        assert has_units or not variant["availableForSale"]


def test_what_the_shop_does_not_have_is_empty_or_named(ask: Ask) -> None:
    empty = data(ask("{ collections(first: 5) { nodes { id } pageInfo { hasNextPage } } }"))
    answer = ask("{ shop { accountOwner { id } } }")

    assert empty["collections"] == {"nodes": [], "pageInfo": {"hasNextPage": False}}
    assert message(answer) == "the demo shop has no Shop.accountOwner"


def test_a_connection_needs_a_page_size(ask: Ask) -> None:
    assert "first or last" in message(ask("{ products { nodes { id } } }"))
    assert "at most 250" in message(ask("{ products(first: 251) { nodes { id } } }"))
    assert "invalid cursor" in message(ask('{ products(first: 1, after: "x") { nodes { id } } }'))


def test_cost_is_asked_before_and_counted_after(ask: Ask) -> None:
    answer = ask("{ products(first: 100) { nodes { id variants(first: 1) { nodes { id } } } } }")

    cost = answer["extensions"]["cost"]
    assert cost["requestedQueryCost"] == 2 + page_weight(100) * (1 + 2 + 1)
    assert cost["actualQueryCost"] == 2 + 7 * (1 + 2 + 1)
    assert cost["throttleStatus"]["maximumAvailable"] == 20_000


def test_an_empty_bucket_throttles_until_it_refills(make_ask: Callable[..., Ask]) -> None:
    now = [0.0]
    ask = make_ask(Bucket(maximum=40, restore_rate=10, clock=lambda: now[0]))
    query = "{ products(first: 100) { nodes { id vendor } } }"

    answers = [ask(query) for _ in range(6)]
    throttled = next(answer for answer in answers if "errors" in answer)
    now[0] += 60

    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert throttled["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] < 12
    assert data(ask(query))["products"]["nodes"]


def test_a_query_no_bucket_can_pay_is_refused_for_good(make_ask: Callable[..., Ask]) -> None:
    answer = make_ask(Bucket(maximum=5, restore_rate=1))("{ products(first: 100) { nodes { id } } }")

    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_the_shop_is_read_only_but_for_bulk_operations(ask: Ask) -> None:
    answer = ask('mutation { productDelete(input: {id: "gid://shopify/Product/1"}) { deletedProductId } }')

    assert message(answer) == "the demo shop is read-only here: it cannot productDelete"
