"""The same searches by Postgres' own full text, facets included: the simplest search a shop can have."""

from __future__ import annotations

import time
from typing import Any

import psycopg

CREATE = """
    create table products (
        product_id text, title text, brand text, category text, department text, price numeric, rating numeric,
        is_in_stock boolean, words tsvector
    )
"""
INDEX = "create index on products using gin (words); create index on products (brand); analyze products"
FOUND = """
    with found as (
        select *, ts_rank(words, query) as score
        from products, websearch_to_tsquery('english', %(q)s) as query
        where words @@ query
    ),
    narrowed as (select * from found where brand = %(brand)s and price <= %(price_max)s)
    select
        (select jsonb_agg(hits) from (
            select product_id, title, price from narrowed order by score desc limit 24 offset %(offset)s) as hits),
        (select jsonb_object_agg(brand, n) from (
            select brand, count(*) as n from found where price <= %(price_max)s group by brand) as brands),
        (select jsonb_object_agg(category, n) from (
            select category, count(*) as n from narrowed group by category) as categories),
        (select jsonb_object_agg(department, n) from (
            select department, count(*) as n from narrowed group by department) as departments),
        (select jsonb_object_agg(band, n) from (
            select width_bucket(price, array[25, 50, 100, 250, 500, 1000]::numeric[]) as band, count(*) as n
            from found where brand = %(brand)s group by band) as bands),
        (select count(*) from narrowed where is_in_stock)
"""


def postgres_searches(database_url: str, rows: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[float]:
    """Seconds of each search."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(CREATE)
        columns = ("product_id", "title", "brand", "category", "department", "price_amount", "rating", "is_in_stock")
        with connection.cursor().copy("copy products from stdin") as copy:
            for row in rows:
                copy.write_row([*(row[column] for column in columns), None])
        connection.execute(
            "update products set words = setweight(to_tsvector('english', title), 'A')"
            " || setweight(to_tsvector('english', category || ' ' || brand), 'B')"
        )
        for statement in INDEX.split("; "):
            connection.execute(statement.encode())
        seconds = []
        for parameters in wanted:
            start = time.perf_counter()
            connection.execute(FOUND, parameters).fetchone()
            seconds.append(time.perf_counter() - start)
        return seconds
