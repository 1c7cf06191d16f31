from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming.lists import NEIGHBOUR_LISTS, TRENDING_LISTS, VISITOR_LISTS
from tests.support.serving import product_list

pytestmark = pytest.mark.services

CARDS = """
    insert into serving.products (product_id, title, category, price, currency, rating, rating_count,
        is_in_stock, is_published)
    select
        'p' || n, 'Product ' || n, 'c' || n % 3, 10, 'EUR', n % 5, n, n % 7 <> 0, n % 11 <> 0
    from generate_series(1, 60) as n
"""
SELLABLE = {f"p{n}" for n in range(1, 61) if n % 7 and n % 11}


class Shop:
    """Products p1 to p60, some sold out or unpublished, and lists that a test fills."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        connection.execute(CARDS)

    def visitor(self, visitor: str, *products: str, slot: str = "home") -> None:
        VISITOR_LISTS.replace(self.connection, [product_list((visitor, slot), products)])

    def neighbours(self, product: str, kind: str, *products: str) -> None:
        NEIGHBOUR_LISTS.replace(self.connection, [product_list((product, kind), products)])

    def trending(self, category: str, *products: str) -> None:
        TRENDING_LISTS.replace(self.connection, [product_list((category,), products)])

    def recommend(self, visitor: str | None, slot: str, on_screen: str | None, n: int) -> list[tuple[str, str]]:
        rows = self.connection.execute(
            "select product_id, source, rank from serving.recommend(%s, %s, %s, %s)", [visitor, slot, on_screen, n]
        ).fetchall()
        assert [rank for _, _, rank in rows] == list(range(1, len(rows) + 1))
        return [(product, source) for product, source, _ in rows]

    def clear(self) -> None:
        self.connection.execute(
            "truncate serving.recommendation_lists, serving.neighbour_lists, serving.trending_lists"
        )


@pytest.fixture
def shop(database: str) -> Iterator[Shop]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield Shop(connection)


def test_each_source_follows_the_one_before(shop: Shop) -> None:
    shop.visitor("v", "p1", "p2")
    shop.neighbours("p9", "similar", "p3", "p2")
    shop.neighbours("p9", "together", "p4")
    shop.trending("c0", "p5", "p1")
    shop.trending("", "p6")
    assert shop.recommend("v", "home", "p9", 8) == [
        ("p1", "visitor"),
        ("p2", "visitor"),
        ("p3", "neighbours"),
        ("p4", "neighbours"),
        ("p5", "trending_category"),
        ("p6", "trending"),
        ("p59", "best_rated"),
        ("p54", "best_rated"),
    ]


def test_the_cart_wants_what_goes_with_the_product_first(shop: Shop) -> None:
    shop.visitor("v", "p1")
    shop.neighbours("p9", "similar", "p3")
    shop.neighbours("p9", "together", "p4")
    shown = [("p4", "neighbours"), ("p3", "neighbours"), ("p1", "visitor")]
    assert shop.recommend("v", "cart", "p9", 3) == shown
    assert shop.recommend("v", "product", "p9", 3) == [shown[1], shown[0], shown[2]]


def test_on_a_products_page_rivals_and_accessories_take_turns_and_beside_a_cart_accessories_come_first(
    shop: Shop,
) -> None:
    shop.neighbours("p9", "similar", "p1", "p2", "p3")
    shop.neighbours("p9", "together", "p4", "p5")
    shown = {slot: [product for product, _ in shop.recommend(None, slot, "p9", 5)] for slot in ("product", "cart")}
    assert shown == {"product": ["p1", "p4", "p2", "p5", "p3"], "cart": ["p4", "p5", "p1", "p2", "p3"]}


def test_an_unknown_visitor_of_an_empty_platform_sees_the_best_rated(shop: Shop) -> None:
    shown = shop.recommend(None, "home", None, 5)
    assert [source for _, source in shown] == ["best_rated"] * 5
    assert shown[0][0] == "p59"


products = st.lists(st.integers(1, 65).map(lambda n: f"p{n}"), max_size=20, unique=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.tuples(products, products, products, products, products),
    st.sampled_from(["home", "product", "cart"]),
    st.none() | st.integers(1, 65).map(lambda n: f"p{n}"),
    st.integers(0, len(SELLABLE) - 1),
)
def test_always_n_sellable_products_never_one_twice_never_the_one_on_screen(
    shop: Shop, lists: tuple[list[str], ...], slot: str, on_screen: str | None, n: int
) -> None:
    shop.clear()
    shop.visitor("v", *lists[0])
    shop.visitor("v", *lists[1], slot="cart")
    if on_screen:
        shop.neighbours(on_screen, "similar", *(p for p in lists[2] if p != on_screen))
    shop.trending("c1", *lists[3])
    shop.trending("", *lists[4])
    shown = [product for product, _ in shop.recommend("v", slot, on_screen, n)]
    assert len(shown) == n
    assert len(set(shown)) == n
    assert set(shown) <= SELLABLE - {on_screen}


def test_the_storefront_may_ask_and_may_not_see_what_visitors_did(database: str, shop: Shop) -> None:
    storefront = database.replace(database.split("//")[1].split("@")[0], "storefront:storefront")
    with psycopg.connect(storefront, autocommit=True) as connection:
        asked = connection.execute("select count(*) from serving.recommend('v', 'home', null, 10)").fetchone()
        assert asked == (10,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from serving.visitor_events")


def test_a_list_is_contracted(shop: Shop) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.visitor("v", "p1", slot="basement")
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.neighbours("p1", "similar", "p1")
