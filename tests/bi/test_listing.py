"""Tables of many rows: a page shows the first ones, its files hold all; the worst margin is looked for among all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from bi.choice import Choice
from bi.periods import Period
from bi.views import products
from tests.support.dashboard_database import reading_from
from tests.support.marts import create_marts, insert

pytestmark = pytest.mark.services

DAY = date(2026, 3, 28)
MANY = products.SHOWN + 20


@pytest.fixture(scope="module")
def shop_of_many(make_database: Callable[[], str]) -> str:
    """Products that sell for 2, 3 … with a tenth as margin; one at a loss, one sent back, one of no known cost."""
    url = make_database()
    create_marts(url, "mart_product_performance", "mart_basket_pairs", "dim_products", "dim_days")
    insert(url, "mart_product_performance", [{"product_id": "1", "activity_date": DAY, "abc_class": "C"}])
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            insert into marts.mart_product_performance
            select (jsonb_populate_record(one, jsonb_build_object(
                'product_id', n::text, 'title', 'Product ' || n, 'category', 'Cables', 'brand', 'Norvane',
                'gross_sales_shop_amount', n, 'net_sales_shop_amount', n, 'margin_shop_amount', n / 10.0))).*
            from marts.mart_product_performance as one, generate_series(2, %s) as n
            """,
            [MANY],
        )
        connection.execute("delete from marts.mart_product_performance where product_id = '1'")
    odd = {
        "at a loss": {"gross_sales_shop_amount": 1, "net_sales_shop_amount": 1, "margin_shop_amount": -500},
        "sent back": {"returns_shop_amount": 90, "net_sales_shop_amount": -90, "margin_shop_amount": -9},
        "cost not known": {"gross_sales_shop_amount": 9000, "net_sales_shop_amount": 9000},
    }
    for name, amounts in odd.items():
        insert(url, "mart_product_performance", [
            {"product_id": name, "title": name, "activity_date": DAY, "abc_class": "C", "category": "Cables"} | amounts
        ])  # fmt: skip
    return url


@pytest.fixture(autouse=True)
def on_the_shop(shop_of_many: str) -> Iterator[None]:
    with reading_from(shop_of_many):
        yield


def test_an_export_holds_every_row_and_the_page_the_first_ones() -> None:
    listing = products.performance_by("product_id", Choice(Period(DAY, DAY), None, None, "EUR"))
    shown, whole = listing.shown(), listing.whole()
    assert len(shown) == products.SHOWN and len(whole) == MANY - 1 + 3
    assert shown.equals(whole.head(products.SHOWN))
    assert whole["key"].iloc[-1] == "sent back"


def products_page() -> None:
    from bi.views import products

    products.page()


def test_the_worst_margin_is_the_least_one_and_a_missing_one_is_none() -> None:
    app = AppTest.from_function(products_page, default_timeout=180).run()
    assert not app.exception
    best, worst = (table.value for table in list(app.dataframe)[1:3])
    assert best["name"].tolist()[:2] == [f"Product {MANY}", f"Product {MANY - 1}"]
    assert worst["name"].tolist()[:3] == ["at a loss", "sent back", "Product 2"]
    assert worst["margin"].tolist()[:3] == [-500, -9, 0.2]
    assert len(worst) == len(best) == 20 and not worst["margin"].isna().any()
