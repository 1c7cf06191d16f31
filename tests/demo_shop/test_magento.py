"""The demo shop as Magento: tokens, searchCriteria, records that meet Magento's own schemas, the query for ratings."""

from __future__ import annotations

import gzip
import json
from typing import Any

import jsonschema
import pytest
import yaml
from graphql import build_client_schema, build_schema, parse, validate
from starlette.applications import Starlette
from starlette.testclient import TestClient

from benchmarks.support.small_shop import a_product
from demo_shop.magento.graphql_api import SCHEMA, MagentoGraphqlApi
from demo_shop.magento.rest_api import MagentoRestApi
from demo_shop.profile import ShopProfile
from demo_shop.store.model import Order
from demo_shop.store.store import Store
from ingestion.connectors.magento.connector import MANIFEST_FILE
from tests.support.vendor_schemas import VendorSchemas

LISTS = {
    "products": "catalog-data-product-search-results-interface",
    "categories/list": "catalog-data-category-search-results-interface",
    "products/attributes": "catalog-data-product-attribute-search-results-interface",
    "inventory/source-items": "inventory-api-data-source-item-search-results-interface",
    "customers/search": "customer-data-customer-search-results-interface",
    "orders": "sales-data-order-search-result-interface",
    "invoices": "sales-data-invoice-search-result-interface",
    "creditmemos": "sales-data-creditmemo-search-result-interface",
}
Parameters = dict[str, str]


@pytest.fixture
def orders(store: Store) -> list[Order]:
    """The small shop's orders: paid, partly refunded, cancelled, a guest's in dollars."""
    return list(store.orders(order_by="id"))


@pytest.fixture
def client(store: Store, orders: list[Order]) -> TestClient:
    rest = MagentoRestApi(store, ShopProfile(), "secret")
    app = Starlette(routes=[*rest.routes(), *MagentoGraphqlApi(store).routes()])
    return TestClient(app, headers={"Authorization": "Bearer secret"})


def listed(client: TestClient, path: str, **parameters: str) -> dict[str, Any]:
    answer = client.get(f"/rest/default/V1/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def criteria(*filters: tuple[int, str, str, str], sort: str = "", page: str = "", size: str = "") -> Parameters:
    """`filters` are (group, field, condition, value)."""
    found: Parameters = {}
    for place, (group, field, condition, value) in enumerate(filters):
        one = f"searchCriteria[filter_groups][{group}][filters][{place}]"
        found |= {f"{one}[field]": field, f"{one}[condition_type]": condition, f"{one}[value]": value}
    for place, order in enumerate(sort.split(", ") if sort else []):
        field, _, direction = order.partition(" ")
        one = f"searchCriteria[sortOrders][{place}]"
        found |= {f"{one}[field]": field, f"{one}[direction]": direction}
    return found | {f"searchCriteria[{name}]": v for name, v in (("currentPage", page), ("pageSize", size)) if v}


@pytest.mark.parametrize("path", ["orders", "store/storeConfigs"])
def test_a_wrong_token_is_refused_with_the_permission_it_needs(client: TestClient, path: str) -> None:
    answer = client.get(f"/rest/default/V1/{path}", headers={"Authorization": "Bearer guess"})

    assert answer.status_code == 401
    assert answer.json()["message"] == "The consumer isn't authorized to access %resources."
    assert answer.json()["parameters"]["resources"].startswith("Magento_")


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("default/V1/unicorns", 404, "Request does not match any route."),
        ("atlantis/V1/orders", 404, "Specified request cannot be processed."),
        (
            "default/V1/orders?searchCriteria[sortOrders][0][field]=colour",
            400,
            "Invalid attribute name: colour",
        ),
        ("default/V1/orders?searchCriteria[pageSize]=301", 400, "Maximum SearchCriteria pageSize is 300"),
    ],
)
def test_what_makes_no_sense_is_refused(client: TestClient, path: str, status: int, message: str) -> None:
    answer = client.get(f"/rest/{path}")

    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_groups_are_joined_by_and_their_filters_by_or(client: TestClient, orders: list[Order]) -> None:
    first, second, third, fourth = (order.order_id for order in orders)

    def found(*filters: tuple[int, str, str, str]) -> set[int]:
        items = listed(client, "orders", **criteria(*filters))["items"]
        return {item["entity_id"] for item in items}

    assert found((0, "entity_id", "eq", str(first)), (0, "entity_id", "eq", str(third))) == {first, third}
    assert found((0, "entity_id", "gt", str(first)), (1, "entity_id", "lteq", str(third))) == {second, third}
    assert found((0, "entity_id", "in", f"{first},{fourth}")) == {first, fourth}
    assert found((0, "entity_id", "nin", f"{first},{fourth}")) == {second, third}
    assert found((0, "entity_id", "neq", str(first))) == {second, third, fourth}
    assert found((0, "created_at", "like", "2026-03-31 08%")) == {first}
    assert found((0, "updated_at", "notnull", "")) == {first, second, third, fourth}


def test_the_second_of_a_bound_is_in_with_gteq_and_out_with_gt(client: TestClient) -> None:
    at = listed(client, "orders", **criteria(sort="updated_at DESC"))["items"][0]["updated_at"]

    assert listed(client, "orders", **criteria((0, "updated_at", "gteq", at)))["total_count"] == 1
    assert listed(client, "orders", **criteria((0, "updated_at", "gt", at)))["total_count"] == 0


def test_behind_the_last_page_it_is_the_last_page_again(client: TestClient) -> None:
    def page(number: int) -> list[int]:
        content = listed(client, "products", **criteria(sort="entity_id ASC", page=str(number), size="3"))
        assert content["total_count"] == 7 and content["search_criteria"]["current_page"] == number
        return [item["id"] for item in content["items"]]

    pages = [page(number) for number in (1, 2, 3, 4)]

    assert [len(one) for one in pages] == [3, 3, 1, 1] and pages[3] == pages[2]
    assert len({product_id for one in pages[:3] for product_id in one}) == 7


def test_rows_of_one_second_are_ordered_by_the_next_field(client: TestClient, store: Store) -> None:
    moved = a_product(3).updated_at - a_product(5).updated_at
    store.save_products([a_product(3), a_product(5, changed=moved)])
    items = listed(client, "products", **criteria(sort="updated_at DESC, entity_id DESC"))["items"]

    keys = [(item["updated_at"], item["id"]) for item in items]
    assert keys == sorted(keys, reverse=True) and len({at for at, _ in keys}) == 6


def test_only_the_fields_asked_for_are_answered(client: TestClient) -> None:
    content = listed(client, "orders", fields="items[entity_id,items[sku]],total_count")

    assert set(content) == {"items", "total_count"}
    assert all(set(item) == {"entity_id", "items"} for item in content["items"])
    assert {name for item in content["items"] for line in item["items"] for name in line} == {"sku"}


def test_an_orders_sums_add_up_in_both_currencies(client: TestClient) -> None:
    items = listed(client, "orders")["items"]
    assert {item["order_currency_code"] for item in items} == {"EUR", "USD"}
    for order in items:
        for base in ("", "base_"):
            parts = ("subtotal", "discount_amount", "tax_amount", "shipping_amount")
            assert order[f"{base}grand_total"] == pytest.approx(sum(order[base + part] for part in parts))
            rows = sum(line[f"{base}row_total"] for line in order["items"])
            assert order[f"{base}subtotal"] == pytest.approx(rows)
            assert order[f"{base}discount_amount"] == pytest.approx(
                -sum(line[f"{base}discount_amount"] for line in order["items"])
            )
    assert {order["state"] for order in items} == {"complete", "canceled"}


def test_a_refund_is_a_credit_memo(client: TestClient, orders: list[Order]) -> None:
    (memo,) = listed(client, "creditmemos")["items"]
    (line,) = memo["items"]

    assert memo["order_id"] == orders[1].order_id and line["order_item_id"] == orders[1].lines[0].line_id
    assert (line["qty"], line["row_total"]) == (1, 100.90)
    assert memo["grand_total"] == pytest.approx(line["row_total"] - line["discount_amount"] + line["tax_amount"])


def test_a_brand_is_an_option_and_a_reduced_price_is_special(client: TestClient) -> None:
    attributes = {item["attribute_code"]: item for item in listed(client, "products/attributes")["items"]}
    brands = {option["value"]: option["label"] for option in attributes["manufacturer"]["options"]}
    products = {item["sku"]: item for item in listed(client, "products")["items"]}
    custom = {one["attribute_code"]: one["value"] for one in products["LAP-3"]["custom_attributes"]}

    assert brands[custom["manufacturer"]] == "Sony"
    assert (products["LAP-3"]["price"], custom["special_price"]) == (149.0, "102.900000")


def test_ratings_are_percents_of_products_that_are_sold(client: TestClient, store: Store) -> None:
    store.update_product(a_product(3).product_id, status="DRAFT")
    query = (
        "query R($n: Int) { products(filter: {}, pageSize: 4, currentPage: $n) {"
        " total_count items { sku rating_summary } } }"
    )

    def page(number: int) -> Any:
        return client.post("/graphql", json={"query": query, "variables": {"n": number}}).json()

    first, second = (page(number)["data"]["products"] for number in (1, 2))
    ratings = {item["sku"]: item["rating_summary"] for item in [*first["items"], *second["items"]]}
    assert first["total_count"] == 6 and len(ratings) == 6
    assert (ratings["LAP-1"], ratings["LAP-0"]) == (90.0, 0.0) and "LAP-3" not in ratings
    assert "greater than the 2 page(s)" in page(3)["errors"][0]["message"]
    refused = client.post("/graphql", json={"query": "{ products { total_count } }"}).json()
    assert refused["errors"][0]["message"] == "'search' or 'filter' input argument is required."


# ---- compared with Magento's own description of its API, where the folder with the vendors' schemas is given ----


def vendor_file(name: str) -> bytes:
    folder = VendorSchemas().vendor_schemas
    if folder is None or not (folder / name).exists():
        pytest.skip("set COMPTOIR_VENDOR_SCHEMAS to a folder with Magento's schemas")
    return gzip.decompress((folder / name).read_bytes())


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    loaded = yaml.load(vendor_file("magento_admin_openapi_2.4.9.yaml.gz"), Loader=yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_as_magentos_openapi_file_says(client: TestClient, openapi: dict[str, Any], path: str) -> None:
    content = listed(client, path, **criteria(sort="", page="1", size="100"))
    assert content["items"]
    schema = {"$ref": f"#/definitions/{LISTS[path]}", "definitions": openapi["definitions"]}
    assert openapi["paths"][f"/V1/{path}"]["get"]["responses"]["200"]["schema"]["$ref"] == schema["$ref"]
    jsonschema.Draft4Validator(schema).validate(content)
    # and it has no field that Magento does not have
    definition = openapi["definitions"][LISTS[path]]["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
    known = openapi["definitions"][definition]["properties"]
    assert {name for item in content["items"] for name in item} - set(known) == set()


def test_configs_and_errors_are_as_magentos_openapi_file_says(client: TestClient, openapi: dict[str, Any]) -> None:
    for status, path, reference in (
        (200, "store/storeConfigs", "store-data-store-config-interface"),
        (400, "orders?searchCriteria[pageSize]=301", "error-response"),
    ):
        answer = client.get(f"/rest/default/V1/{path}")
        assert answer.status_code == status
        schema: dict[str, Any] = {"$ref": f"#/definitions/{reference}", "definitions": openapi["definitions"]}
        content = answer.json()
        for one in content if isinstance(content, list) else [content]:
            jsonschema.Draft4Validator(schema).validate(one)


def test_the_query_for_ratings_is_one_that_magento_answers() -> None:
    described = json.loads(vendor_file("magento_graphql_introspection_current.json.gz"))
    magento = build_client_schema(described.get("data", described))
    manifest = yaml.safe_load(MANIFEST_FILE.read_bytes())
    (ratings,) = (stream for stream in manifest["streams"] if stream["name"] == "product_ratings")
    query = parse(ratings["retriever"]["requester"]["request_body"]["value"]["query"])

    assert validate(magento, query) == []
    ours = build_schema(SCHEMA)
    assert validate(ours, query) == []
    for name in ("Products", "SearchResultPageInfo", "ProductInterface", "FilterEqualTypeInput"):
        theirs: Any = magento.type_map[name]
        mine: Any = ours.type_map[name]
        assert {k: str(f.type) for k, f in mine.fields.items()}.items() <= {
            k: str(f.type) for k, f in theirs.fields.items()
        }.items(), name
