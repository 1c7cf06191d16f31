"""Shopify's own Python client reads the demo shop: pages, variables, errors and limits as the client expects them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from benchmarks.support.running_shop import RunningShop, running_shop
from benchmarks.support.small_shop import START, a_customer

# run in a process of its own: the client reads proxy and certificate from the environment
PRELUDE = """
import json, sys, shopify
from shopify.api_version import ApiVersion, Release
ApiVersion.define_version(Release("2026-10"))
shop, token = sys.argv[1:]
def answer(value): print(json.dumps(value))
shopify.ShopifyResource.activate_session(shopify.Session(shop, "2026-10", token))
def ask(text, **variables): return json.loads(shopify.GraphQL().execute(text, variables))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop("postgresql://nowhere/none", tmp_path_factory.mktemp("shop")) as shop:
        shop.store.save_customers(a_customer(position) for position in range(25))
        yield shop


def run(shop: RunningShop, program: str, token: str | None = None) -> Any:
    settings = shop.settings
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {
        "HTTPS_PROXY": f"http://127.0.0.1:{settings.demo_proxy_port}",
        "SSL_CERT_FILE": str(settings.demo_shop_dir / "ca.pem"),
    }
    arguments = [f"{settings.shop_name}.myshopify.com", token or settings.shop_api_password.get_secret_value()]
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + program, *arguments], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_rest_pages_by_their_link(shop: RunningShop) -> None:
    ids = run(
        shop,
        """
page, ids = shopify.Customer.find(limit=10), []
while page:
    ids += [[customer.id for customer in page]]
    page = page.next_page() if page.has_next_page() else None
answer(ids)
""",
    )
    assert [len(page) for page in ids] == [10, 10, 5]
    assert sorted(chain(*ids)) == [a_customer(position).customer_id for position in range(25)]


def test_rest_orders_carry_lines_refunds_and_the_shops_clock(shop: RunningShop) -> None:
    refunded = shop.orders[1]
    program = f"""
order = shopify.Order.find({refunded.order_id})
answer([order.name, len(order.line_items), order.refunds[0].refund_line_items[0].quantity, order.created_at])
"""
    assert run(shop, program) == [f"#{refunded.number}", 1, 1, "2026-03-31T11:00:00+02:00"]


def test_graphql_pages_with_variables(shop: RunningShop) -> None:
    program = """
query = '''query ($first: Int!, $after: String, $query: String) {
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { title } pageInfo { hasNextPage endCursor }
  }
}'''
titles, after = [], None
while True:
    page = ask(query, first=3, after=after, query="updated_at:>='%s'")["data"]["products"]
    titles.append([node["title"] for node in page["nodes"]])
    after = page["pageInfo"]["endCursor"]
    if not page["pageInfo"]["hasNextPage"]:
        break
answer(titles)
"""
    pages = run(shop, program % START.isoformat())
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(chain(*pages)) == [f"Laptop {number}" for number in range(7)]


def test_errors_are_those_the_client_expects(shop: RunningShop) -> None:
    program = """
from pyactiveresource import connection
try:
    shopify.Order.find(1)
except connection.ResourceNotFound as error:
    found = error.response.code
errors = lambda query: ask(query)["errors"][0]
wrong = errors("{ products(first: 1) { nodes { colour } } }")["message"]
unbounded = errors("{ products { nodes { id } } }")["message"]
one = "products(first: 250) { nodes { variants(first: 250) { nodes { id } } } }"
expensive = errors("{ " + " ".join(f"a{number}: {one}" for number in range(200)) + " }")["extensions"]["code"]
answer([found, wrong, unbounded, expensive])
"""
    found, wrong, unbounded, expensive = run(shop, program)
    assert found == 404
    assert "colour" in wrong and "Product" in wrong
    assert "one of first or last" in unbounded
    assert expensive == "MAX_COST_EXCEEDED"


def test_a_wrong_token_is_refused(shop: RunningShop) -> None:
    program = """
from pyactiveresource import connection
try:
    shopify.Shop.current()
except connection.UnauthorizedAccess as error:
    answer(error.response.code)
"""
    assert run(shop, program, token="guess") == 401


def test_who_asks_too_much_is_told_how_much_is_left(shop: RunningShop) -> None:
    program = """
extensions = ask("{ products(first: 100) { nodes { id variants(first: 100) { nodes { id } } } } }")["extensions"]
shopify.Shop.current()
headers = {name.lower(): value for name, value in shopify.Shop.connection.response.headers.items()}
answer([extensions["cost"], *map(int, headers["x-shopify-shop-api-call-limit"].split("/"))])
"""
    cost, used, limit = run(shop, program)
    status = cost["throttleStatus"]
    assert 0 < cost["actualQueryCost"] <= cost["requestedQueryCost"]
    # on a slow machine what was spent is restored before the answer
    assert status["currentlyAvailable"] <= status["maximumAvailable"] and status["restoreRate"] > 0
    assert 0 < used < limit == 400
