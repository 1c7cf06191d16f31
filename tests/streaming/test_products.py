from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from streaming import memory
from streaming.products import publish_products
from tests.support.streams import Stream

pytestmark = pytest.mark.services

# the columns of the mart's contract that the cards take
DIM_PRODUCTS = """
    create table marts.dim_products (
        product_id text primary key, title text not null, brand text, category text, department text,
        price_amount numeric, currency text, image_url text, rating numeric, rating_count integer,
        is_in_stock boolean not null, is_published boolean not null, updated_at timestamptz
    );
    insert into marts.dim_products
    values
        ('1', 'Laptop', 'Aurora', 'Laptops', 'Computers', 999.90, 'EUR', null, 4.5, 12, true, true, '2026-11-01Z'),
        ('2', 'Bag', null, null, null, null, null, null, null, 0, false, false, null);
"""
SOLD_OUT_AND_NEW = """
    update marts.dim_products set price_amount = 899, is_in_stock = false where product_id = '1';
    delete from marts.dim_products where product_id = '2';
    insert into marts.dim_products (product_id, title, is_in_stock, is_published) values ('3', 'Case', true, true);
"""


def test_cards_follow_the_product_dimension(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(DIM_PRODUCTS)
        assert publish_products(database, "shopify") == 2
        connection.execute(SOLD_OUT_AND_NEW)
        assert publish_products(database, "shopify") == 2
        cards = connection.execute(
            "select product_id, title, price, is_in_stock from serving.products order by product_id"
        ).fetchall()
    assert cards == [("1", "Laptop", Decimal(899), False), ("3", "Case", None, True)]


def test_unchanged_cards_are_not_written(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(DIM_PRODUCTS)
        publish_products(database, "shopify")
        versions = "select product_id, xmin::text from serving.products order by product_id"
        before = connection.execute(versions).fetchall()
        publish_products(database, "shopify")
        assert connection.execute(versions).fetchall() == before


def test_what_is_sold_out_is_known_to_the_stream_before_it_reads_the_catalogue_again(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CHANGES_EVERY_SECONDS", 0)
    stream.execute(DIM_PRODUCTS)
    publish_products(stream.url, "shopify")
    stream.memory.read_catalogue()
    assert stream.memory.is_sold("1")
    stream.execute(SOLD_OUT_AND_NEW)
    publish_products(stream.url, "shopify")
    stream.memory.forget_oldest()
    assert not stream.memory.is_sold("1")
