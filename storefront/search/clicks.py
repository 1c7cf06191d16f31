"""What visitors clicked after a query: the categories that it asks for, as the shop's own visitors say."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from storefront.search.intent import Strengths
from storefront.search.words import words

WEEKS, LEAST_VISITORS = 8, 3  # a query of one visitor says little, and may be personal
CLICKS_TRUSTED_BY_HALF = 10.0
CLICKED = """
    select searches.search_term, products.category, count(*)::integer
    from marts.fct_searches as searches
    inner join marts.dim_products as products on searches.first_clicked_product_id = products.product_id
    where
        not searches.is_bot and searches.search_date > current_date - %(weeks)s * 7 and products.category is not null
        and searches.search_term <> ''
    group by searches.search_term, products.category
    having count(distinct searches.visitor_id) >= %(visitors)s
"""


def clicked_categories(connection: psycopg.Connection[Any]) -> Strengths:
    """Query -> category -> its share of the clicks, shrunk where they are few: n / (n + CLICKS_TRUSTED_BY_HALF).

    Empty while the mart is missing or was built before it knew what was clicked. Raises psycopg.Error.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "select 1 from information_schema.columns where table_schema = 'marts' and table_name = 'fct_searches'"
            " and column_name = 'first_clicked_product_id'"
        )
        if cursor.fetchone() is None:
            return {}
        clicks: dict[str, Counter[str]] = defaultdict(Counter)
        for term, category, count in cursor.execute(CLICKED, {"weeks": WEEKS, "visitors": LEAST_VISITORS}):
            clicks[" ".join(word.text for word in words(term))][category] += count
    return {query: _shares(counts) for query, counts in clicks.items()}


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = counts.total()
    trust = total / (total + CLICKS_TRUSTED_BY_HALF)
    return {category: round(trust * count / total, 3) for category, count in counts.items()}
