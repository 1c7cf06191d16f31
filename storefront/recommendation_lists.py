"""Reads recommendation lists, joined with product cards, from the serving tables: a few index look-ups per request.

Every function returns items of one shape: `rank` from 1, the columns of CARD, `score`, `reason`, `source` and
`model_version`. Each raises PoolTimeout or a psycopg.Error when the tables cannot be read.
"""

from __future__ import annotations

from typing import Any, Literal

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from comptoir.stream_heartbeat import LAST_HEARTBEAT

Slot = Literal["home", "product", "cart"]
SLOTS: tuple[Slot, ...] = ("home", "product", "cart")
Kind = Literal["similar", "together"]
KINDS: tuple[Kind, ...] = ("similar", "together")

CARD = """
    products.product_id, products.title, products.brand, products.category, products.department,
    products.price::float8 as price, products.currency, products.image_url, products.rating::float8 as rating,
    coalesce(products.rating_count, 0) as rating_count, products.is_in_stock
"""
RECOMMEND = f"""
    with recommended as (select * from serving.recommend(%(visitor_id)s, %(slot)s, %(product_id)s, %(n)s)),
    newest as (select model_version, computed_at from serving.list_version(%(visitor_id)s, %(slot)s))
    select
        row_number() over (order by recommended.rank) as rank, {CARD}, recommended.score, recommended.reason,
        recommended.source, newest.model_version, newest.computed_at
    from recommended
    inner join serving.products as products on recommended.product_id = products.product_id
    left join newest on true
    order by recommended.rank
"""
NEIGHBOURS = f"""
    select
        row_number() over (order by neighbours.rank) as rank, {CARD}, neighbours.score, neighbours.reason,
        neighbours.kind as source, neighbours.model_version
    from serving.product_neighbours as neighbours
    inner join serving.products as products on neighbours.neighbour_id = products.product_id
    where
        neighbours.product_id = %(product_id)s and neighbours.kind = %(kind)s
        and products.is_in_stock and products.is_published
    order by neighbours.rank
    limit %(n)s
"""
TRENDING = f"""
    select
        row_number() over (order by trending.rank) as rank, {CARD}, trending.score, trending.reason,
        'trending' as source, trending.model_version
    from serving.trending as trending
    inner join serving.products as products on trending.product_id = products.product_id
    where trending.category = %(category)s and products.is_in_stock and products.is_published
    order by trending.rank
    limit %(n)s
"""
Item = dict[str, Any]


async def recommend(
    pool: AsyncConnectionPool, visitor_id: str, slot: Slot, product_id: str | None, n: int
) -> list[Item]:
    """`n` cards for a visitor, known or not, best first.

    `model_version` and `computed_at` are those of the visitor's own list; None when there is none.
    """
    parameters = {"visitor_id": visitor_id, "slot": slot, "product_id": product_id, "n": n}
    return await _cards(pool, RECOMMEND, parameters)


async def neighbours(pool: AsyncConnectionPool, product_id: str, kind: Kind, n: int) -> list[Item]:
    """Up to `n` cards of products bought together with one ("together") or like it ("similar")."""
    return await _cards(pool, NEIGHBOURS, {"product_id": product_id, "kind": kind, "n": n})


async def trending(pool: AsyncConnectionPool, category: str, n: int) -> list[Item]:
    """Up to `n` cards of products in demand now, in one category or ("") in the shop."""
    return await _cards(pool, TRENDING, {"category": category, "n": n})


async def stream_age(pool: AsyncConnectionPool) -> float | None:
    """Seconds since the stream's last heartbeat; None when it never ran."""
    async with pool.connection() as connection:
        row = await (await connection.execute(LAST_HEARTBEAT.encode())).fetchone()
    return row[0] if row else None


async def _cards(pool: AsyncConnectionPool, query: str, parameters: dict[str, Any]) -> list[Item]:
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()
