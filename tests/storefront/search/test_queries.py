"""Sixty queries as shoppers type them, on the generated catalogue; written down before the search was changed.

Each line of queries.jsonl: `q`; the first `top` hits (at least one, or as many as there are) must have the `category`,
a `title` that the pattern finds, the `sku`, and prices within `price_min` and `price_max`; `corrected` is the answer's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from demo_shop.content.catalogue import generate_products
from demo_shop.store.model import Product
from storefront.search.builder import index_products
from storefront.search.reader import SearchIndex
from tests.support.products import product

QUERIES = [json.loads(line) for line in (Path(__file__).parent / "queries.jsonl").read_text().splitlines()]
END = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    folder = tmp_path_factory.mktemp("index")
    index_products([row_of(each) for each in generate_products(7, END) if each.status == "ACTIVE"], folder)
    return SearchIndex(folder)


def row_of(generated: Product) -> dict[str, Any]:
    """A product of the generated shop as the mart has it."""
    return product(
        str(generated.product_id),
        generated.title,
        generated.vendor,
        generated.product_type,
        float(generated.price),
        department=generated.department,
        description=generated.description,
        attributes=generated.attributes,
        rating=generated.rating,
        rating_count=generated.rating_count,
        is_in_stock=any(generated.stock.values()),
        created_at=generated.created_at,
        variants=[{"sku": generated.sku, "barcode": generated.barcode}],
    )


@pytest.mark.parametrize("query", QUERIES, ids=[query["q"] for query in QUERIES])
def test_a_query_finds_what_the_shopper_means(index: SearchIndex, query: Mapping[str, Any]) -> None:
    found = index.search(query["q"], limit=query["top"], with_facets=False)
    assert found.hits
    if "corrected" in query:
        assert found.corrected == query["corrected"]
    for hit in found.hits:
        assert hit["category"] == query.get("category", hit["category"]), hit["title"]
        assert re.search(query.get("title", ""), hit["title"])
        assert hit["sku"] == query.get("sku", hit["sku"])
        assert query.get("price_min", 0) <= hit["price"] <= query.get("price_max", hit["price"])
