"""Discount codes, price rules and abandoned checkouts of the demo shop, as Shopify writes them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from benchmarks.support.small_shop import PRICING, START
from comptoir.settings import get_settings
from demo_shop.content.aftersales import abandoned
from demo_shop.profile import ShopProfile
from demo_shop.server import create_app
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.store import Store

ADMIN = "/admin/api/2026-10"
DISCOUNTS = """
query ($query: String) {
  codeDiscountNodes(first: 5, query: $query, sortKey: UPDATED_AT) {
    nodes { id codeDiscount { ... on DiscountCodeBasic {
      asyncUsageCount status summary updatedAt totalSales { amount currencyCode } codes(first: 5) { nodes { code } }
    } } }
  }
}
"""


@pytest.fixture
def client(store: Store, tmp_path: Path) -> TestClient:
    app = create_app(store, ShopProfile(), get_settings().shopify_schema_file, tmp_path / "bulk", "secret")
    return TestClient(app, headers={"X-Shopify-Access-Token": "secret"})


def discounts(client: TestClient, query: str | None = None) -> list[dict[str, Any]]:
    answer = client.post(f"{ADMIN}/graphql.json", json={"query": DISCOUNTS, "variables": {"query": query}}).json()
    assert "errors" not in answer, answer
    return answer["data"]["codeDiscountNodes"]["nodes"]


def test_a_code_counts_its_orders(client: TestClient, store: Store) -> None:
    (discount,) = discounts(client)
    basic = discount["codeDiscount"]
    assert discount["id"] == f"gid://shopify/DiscountCodeNode/{FIRST_IDS['discount']}"
    assert basic["codes"]["nodes"] == [{"code": "WELCOME10"}]
    # (2 × 99.90 + 100.90) less ten per cent
    assert (basic["asyncUsageCount"], basic["totalSales"]) == (1, {"amount": "270.63", "currencyCode": "EUR"})
    at = START + timedelta(days=40)
    store.place_order([(FIRST_IDS["product"], 1)], discount_code="WELCOME10", at=at)
    (discount,) = discounts(client, f"updated_at:>='{at.isoformat()}'")
    assert discount["codeDiscount"]["asyncUsageCount"] == 2
    assert discounts(client, f"updated_at:>'{at.isoformat()}'") == []


def test_new_codes_become_discounts_and_old_ones_stay(client: TestClient, store: Store) -> None:
    before = discounts(client)
    store.save_pricing(PRICING)
    assert discounts(client) == before


def test_a_price_rule_tells_what_the_code_is_worth(client: TestClient) -> None:
    (rule,) = client.get(f"{ADMIN}/price_rules.json", params={"order": "updated_at asc"}).json()["price_rules"]
    assert (rule["title"], rule["value"], rule["value_type"]) == ("WELCOME10", "-10.0", "percentage")
    assert rule["id"] == FIRST_IDS["discount"]


def test_an_abandoned_checkout_is_priced_but_no_order(client: TestClient, store: Store) -> None:
    answer = client.get(f"{ADMIN}/checkouts.json", params={"status": "any", "updated_at_min": START.isoformat()})
    (checkout,) = answer.json()["checkouts"]
    assert checkout["completed_at"] is None and checkout["id"] == FIRST_IDS["checkout"]
    assert (checkout["total_price"], checkout["currency"]) == ("244.56", "EUR")
    assert [(line["quantity"], line["price"]) for line in checkout["line_items"]] == [(2, "101.90")]
    assert store.counts()["orders"] == 4
    later = {"updated_at_min": "2027-01-01T00:00:00Z"}
    assert client.get(f"{ADMIN}/checkouts.json", params=later).json()["checkouts"] == []


def test_some_who_bought_had_left_a_checkout_before(store: Store) -> None:
    orders = [order for order in store.orders() for _ in range(9)]
    left = list(abandoned(orders))
    assert [checkout.checkout_id - FIRST_IDS["checkout"] for checkout in left] == [0, 1, 2, 3]
    assert all(checkout.created_at < checkout.priced.updated_at + timedelta(1) for checkout in left)
    assert all(checkout.completed_at is None and not checkout.priced.refunds for checkout in left)
