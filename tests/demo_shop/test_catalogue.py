"""The generated shop: the same for the same seed, and believable."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from demo_shop.content.catalogue import generate_products, internal_ean, locations, shelf_price
from demo_shop.content.customers import EMAIL_DOMAINS, generate_customers
from demo_shop.content.pricing import exchange_rate, pricing_on
from demo_shop.content.taxonomy import BY_NAME, CATEGORIES
from demo_shop.store.handles import slug
from demo_shop.store.model import Product
from demo_shop.traffic.assortment import Assortment

END = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return generate_products(7, END)


def test_same_seed_and_end_give_the_same_shop(products: list[Product]) -> None:
    assert generate_products(7, END) == products
    assert generate_products(8, END) != products
    assert generate_customers(7, END, 50) == generate_customers(7, END, 50)


def test_catalogue_has_every_category_with_its_attributes(products: list[Product]) -> None:
    assert 580 <= len(products) <= 620
    assert {p.product_type for p in products} == {c.name for c in CATEGORIES}
    for product in products:
        category = BY_NAME[product.product_type]
        keys = {key for joined in category.attributes for key in joined.split("|")}
        assert product.attributes.keys() == keys
        assert product.vendor in category.brands
        assert product.department == category.department


def test_names_and_ids_are_never_given_twice(products: list[Product]) -> None:
    for field in ("product_id", "variant_id", "inventory_item_id", "title", "handle", "sku", "barcode"):
        values = [getattr(p, field) for p in products]
        assert len(set(values)) == len(values), field


def test_prices_stand_in_a_tier_and_above_cost(products: list[Product]) -> None:
    for product in products:
        prices = BY_NAME[product.product_type].prices
        assert any(low - 10 <= product.price <= high + 10 for low, high in prices), product.title
        assert Decimal(0) < product.unit_cost < product.price
        assert product.compare_at_price is None or product.compare_at_price > product.price


def test_a_few_products_are_drafts_archived_or_sold_out(products: list[Product]) -> None:
    by_status = Counter(p.status for p in products)
    sold_out = sum(not any(p.stock.values()) for p in products)
    assert by_status["DRAFT"] and by_status["ARCHIVED"] and by_status["ACTIVE"] > 0.9 * len(products)
    assert 0.02 < sold_out / len(products) < 0.12
    assert all((p.published_at is None) == (p.status != "ACTIVE") for p in products)
    assert all(p.stock.keys() == {x.location_id for x in locations()} for p in products)
    assert all(p.created_at <= p.updated_at <= END for p in products)


def test_only_what_is_on_sale_stands_on_the_shelves(products: list[Product]) -> None:
    shop = Assortment(products, 7)
    on_shelf = {p.product_id for shelf in shop.shelves.values() for p in shelf.products}
    assert on_shelf == {p.product_id for p in products if p.status == "ACTIVE"}


def test_companions_come_from_the_categories_bought_along(products: list[Product]) -> None:
    shop = Assortment(products, 7)
    for product in products:
        companions = shop.companions(product)
        assert {c.product_type for c in companions} <= set(BY_NAME[product.product_type].companions)
        assert product not in companions


def test_companions_do_not_depend_on_the_order_of_the_products(products: list[Product]) -> None:
    """The simulator reads the products in another order than the history was made from."""
    one, another = Assortment(products, 7), Assortment(reversed(products), 7)
    assert all(one.companions(p) == another.companions(p) for p in products[::10])
    assert any(one.companions(p) != Assortment(products, 8).companions(p) for p in products[:10])


def test_customers_live_in_several_countries_and_have_example_addresses() -> None:
    customers = generate_customers(7, END)
    assert len(customers) == 1500
    assert {"FR", "DE", "BE", "GB", "US"} <= {c.country_code for c in customers}
    assert all(c.email.partition("@")[2] in EMAIL_DOMAINS and c.email.isascii() for c in customers)
    assert len({c.email for c in customers}) == len(customers)


def test_exchange_rates_move_a_little_every_day() -> None:
    days = [date(2026, 9, day) for day in range(1, 29)]
    pounds = [exchange_rate("GBP", day) for day in days]
    assert len(set(pounds)) > 20
    assert all(Decimal("0.8") < rate < Decimal("0.92") for rate in pounds)
    assert exchange_rate("EUR", days[0]) == 1
    assert pricing_on(days[0]).exchange_rates["GBP"] == pounds[0]
    with pytest.raises(KeyError):
        exchange_rate("XXX", days[0])


@pytest.mark.parametrize(("amount", "price"), [(7.2, "7.90"), (99.4, "99.90"), (100.0, "109.00"), (1234.5, "1239.00")])
def test_shelf_prices_end_as_shops_write_them(amount: float, price: str) -> None:
    assert shelf_price(amount) == Decimal(price)


def test_barcodes_carry_their_check_digit() -> None:
    assert internal_ean(1) == "2000000000015"  # weights 1 and 3 in turn: 2 + 1 * 3 = 5, so 5 is missing to 10


def test_slug_is_ascii() -> None:
    assert slug('Élodie’s 15.6" Läptop ') == "elodies-15-6-laptop"
