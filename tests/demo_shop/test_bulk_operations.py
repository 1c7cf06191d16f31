"""Bulk operations: all rows as lines, children after their parent, whatever the size of the pieces."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, parse

import demo_shop.shopify.graphql.bulk_operations as bulk_module
from benchmarks.support.small_shop import START, a_product
from comptoir.settings import get_settings
from demo_shop.profile import ShopProfile
from demo_shop.shopify.graphql.bulk_operations import BulkOperations
from demo_shop.shopify.graphql.bulk_query import BulkQueryError, bulk_shape
from demo_shop.shopify.graphql.bulk_reader import BulkReader
from demo_shop.shopify.graphql.context import RequestContext
from demo_shop.shopify.graphql.schema import load_schema
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.store import Store
from local.waiting import wait_until

METAFIELDS = """{ products(query: "updated_at:>='2026-01-01'", sortKey: UPDATED_AT) { edges { node { __typename id
    updatedAt metafields { edges { node { __typename id key value } } } } } } }"""
LEVELS = """{ locations(includeInactive: true) { edges { node { id inventoryLevels { edges { node { id
    quantities(names: ["available"]) { quantity } } } } } } } }"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return load_schema(get_settings().shopify_schema_file)


@pytest.fixture
def operations(schema: GraphQLSchema, tmp_path: Path) -> BulkOperations:
    return BulkOperations(schema, tmp_path / "bulk", "https://comptoir-demo.myshopify.com")


@pytest.fixture
def context(store: Store, operations: BulkOperations) -> RequestContext:
    return RequestContext(store, ShopProfile(), store.pricing(), operations)


def finished(operations: BulkOperations, payload: dict[str, Any]) -> dict[str, Any]:
    assert payload["userErrors"] == []
    found: list[dict[str, Any]] = []

    def is_finished() -> None:
        node = operations.find(payload["bulkOperation"]["id"])
        assert node is not None and node["completedAt"], node
        found.append(node)

    wait_until(is_finished, "the bulk operation", seconds=60, every=0.01)
    return found[0]


class HeldReader(BulkReader):
    """Reads one product, then waits until it may go on: an operation that is at work for as long as a test wants."""

    go_on = threading.Event()

    def __init__(self) -> None:
        super().__init__(piece=1, window=1000)

    def next_piece(self) -> bool:
        if self._has_begun:
            self.go_on.wait(60)
        return super().next_piece()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set it and the operations go on."""
    monkeypatch.setattr(HeldReader, "go_on", threading.Event())
    monkeypatch.setattr(bulk_module, "BulkReader", HeldReader)
    monkeypatch.setattr(bulk_module, "SHORT_WAIT", 0.0)
    yield HeldReader.go_on
    HeldReader.go_on.set()


def lines_of(operations: BulkOperations, node: dict[str, Any]) -> list[dict[str, Any]]:
    number = int(node["id"].rpartition("/")[2])
    secret = (node["url"] or node["partialDataUrl"]).split("Signature=")[1].split("&")[0]
    path = operations.result_file(number, secret)
    assert path is not None
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_children_follow_their_parent_and_name_it(operations: BulkOperations, context: RequestContext) -> None:
    payload = operations.run(METAFIELDS, context)
    node = finished(operations, payload)
    lines = lines_of(operations, node)

    assert payload["bulkOperation"]["status"] == "CREATED"
    assert node["status"] == "COMPLETED"
    assert int(node["objectCount"]) == len(lines) == 7 + 3 * 2 + 7 * 2
    assert int(node["rootObjectCount"]) == 7
    parent = None
    for line in lines:
        if line["__typename"] == "Product":
            parent = line["id"]
            assert "metafields" not in line and "__parentId" not in line
        else:
            assert line["__parentId"] == parent


def test_a_result_url_needs_its_signature(operations: BulkOperations, context: RequestContext) -> None:
    node = finished(operations, operations.run(METAFIELDS, context))
    number = int(node["id"].rpartition("/")[2])

    assert node["url"].startswith(f"https://comptoir-demo.myshopify.com/demo/bulk/{number}?")
    assert f"filename%3D%22bulk-{number}.jsonl%22" in node["url"]
    assert operations.result_file(number, "guess") is None
    assert operations.result_file(number, "né") is None
    assert operations.result_file(number + 1, "guess") is None


@pytest.mark.parametrize("query", [METAFIELDS, LEVELS])
@pytest.mark.parametrize(("piece", "window"), [(1, 1), (2, 2), (3, 5), (7, 4), (250, 2), (250, 1000)])
def test_the_size_of_pieces_changes_nothing(
    operations: BulkOperations,
    context: RequestContext,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    piece: int,
    window: int,
) -> None:
    at_once = lines_of(operations, finished(operations, operations.run(query, context)))
    monkeypatch.setattr(bulk_module, "BulkReader", lambda: BulkReader(piece, window))

    assert lines_of(operations, finished(operations, operations.run(query, context))) == at_once


def test_a_filter_on_a_nested_connection_counts(operations: BulkOperations, context: RequestContext) -> None:
    query = LEVELS.replace("inventoryLevels {", "inventoryLevels(query: \"updated_at:>='2026-03-01T13:00:00Z'\") {")
    context.store.save_products(replace(a_product(i), updated_at=START) for i in range(5))

    lines = lines_of(operations, finished(operations, operations.run(query, context)))

    items = {int(line["id"].rpartition("=")[2]) - FIRST_IDS["inventory_item"] for line in lines if "__parentId" in line}
    assert items == {5, 6}


def test_a_deep_query_keeps_both_levels(operations: BulkOperations, context: RequestContext) -> None:
    query = """{ products { nodes { id variants { nodes { id
        presentmentPrices { nodes { __typename price { amount } } } } } } } }"""
    lines = lines_of(operations, finished(operations, operations.run(query, context)))

    assert [line.get("__parentId", "").split("/")[-2:-1] for line in lines[:4]] == [
        [],
        ["Product"],
        ["ProductVariant"],
        ["ProductVariant"],
    ]


def test_a_connection_the_shop_lacks_is_empty(operations: BulkOperations, context: RequestContext) -> None:
    node = finished(operations, operations.run("{ collections { edges { node { id } } } }", context))

    assert (node["status"], node["objectCount"]) == ("COMPLETED", "0")


def test_nothing_found_has_no_url(operations: BulkOperations, context: RequestContext) -> None:
    node = finished(operations, operations.run(METAFIELDS.replace("2026-01-01", "2030-01-01"), context))

    assert (node["status"], node["objectCount"], node["url"]) == ("COMPLETED", "0", None)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{ products { edges { node { id colour } } } }", "Cannot query field 'colour'"),
        ("{ shop { name } }", "at least one connection"),
        ("{ products { edges { node { id } } } orders { edges { node { id } } } }", "exactly one top-level field"),
        ('mutation { bulkOperationCancel(id: "x") { userErrors { message } } }', "query operation"),
        ("{ products { edges { node { title variants { edges { node { id } } } } } } }", "must select the 'id'"),
        ("{ products", "Syntax Error"),
    ],
)
def test_what_shopify_refuses_is_refused(
    operations: BulkOperations, context: RequestContext, query: str, reason: str
) -> None:
    payload = operations.run(query, context)

    assert payload["bulkOperation"] is None
    assert payload["userErrors"][0]["code"] == "INVALID" and reason in payload["userErrors"][0]["message"]


def test_too_many_too_deep_and_listed_connections_are_refused(schema: GraphQLSchema) -> None:
    wide = " ".join(f"a{i}: metafields {{ nodes {{ id }} }}" for i in range(5))
    deep = """{ products { nodes { id variants { nodes { id inventoryItem { inventoryLevels { nodes { id
        scheduledChanges { nodes { expectedAt } } } } } } } } } }"""
    in_list = "{ orders { nodes { id refunds { id refundLineItems { nodes { id } } } } } }"

    with pytest.raises(BulkQueryError, match="more than 5 connections"):
        bulk_shape(schema, parse(f"{{ products {{ nodes {{ id {wide} }} }} }}"))
    with pytest.raises(BulkQueryError, match="nesting depth"):
        bulk_shape(schema, parse(deep))
    with pytest.raises(BulkQueryError, match="within a list field"):
        bulk_shape(schema, parse(in_list))


def test_a_cancelled_operation_keeps_what_it_read(
    operations: BulkOperations, context: RequestContext, held: threading.Event
) -> None:
    context.store.save_products(a_product(i) for i in range(3000))
    payload = operations.run(METAFIELDS, context)

    def has_read() -> None:
        node = operations.find(payload["bulkOperation"]["id"])
        assert node and int(node["objectCount"]) > 0

    wait_until(has_read, "the first product", seconds=60, every=0.01)
    answer = operations.cancel(payload["bulkOperation"]["id"])
    held.set()
    node = finished(operations, payload)

    assert answer["userErrors"] == [] and answer["bulkOperation"]["status"] == "CANCELING"
    assert node["status"] == "CANCELED" and node["url"] is None
    assert 0 < len(lines_of(operations, node)) == int(node["objectCount"]) < 3000
    again = operations.cancel(node["id"])
    assert "cannot be canceled when it is canceled" in again["userErrors"][0]["message"]


def test_only_five_run_at_once(operations: BulkOperations, context: RequestContext, held: threading.Event) -> None:
    context.store.save_products(a_product(i) for i in range(3000))
    payloads = [operations.run(METAFIELDS, context) for _ in range(6)]
    for payload in payloads[:5]:
        operations.cancel(payload["bulkOperation"]["id"])
    held.set()

    assert [p["userErrors"] for p in payloads[:5]] == [[]] * 5
    assert payloads[5]["userErrors"][0]["code"] == "OPERATION_IN_PROGRESS"
    for payload in payloads[:5]:
        finished(operations, payload)
    assert finished(operations, operations.run(LEVELS, context))["status"] == "COMPLETED"


def test_a_field_the_shop_lacks_fails_the_operation(operations: BulkOperations, context: RequestContext) -> None:
    node = finished(operations, operations.run("{ products { nodes { id storefrontId } } }", context))

    assert (node["status"], node["errorCode"], node["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)


def test_old_results_expire(
    operations: BulkOperations, context: RequestContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bulk_module, "RESULTS_KEPT", 2)
    nodes = [finished(operations, operations.run(LEVELS, context)) for _ in range(4)]

    found = [operations.find(node["id"]) for node in nodes]
    assert [node["status"] for node in found if node] == ["EXPIRED", "COMPLETED", "COMPLETED", "COMPLETED"]
    assert found[0] and found[0]["url"] is None
    assert len(list((tmp_path / "bulk").iterdir())) == 3


def test_the_current_operation_is_the_last(operations: BulkOperations, context: RequestContext) -> None:
    assert operations.current() is None
    finished(operations, operations.run(METAFIELDS, context))
    last = finished(operations, operations.run(LEVELS, context))

    assert operations.current() == last
