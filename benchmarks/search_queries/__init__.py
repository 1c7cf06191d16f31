"""Queries as shoppers type them, with what must be found; written down before the search was tuned on them.

`generated.jsonl` is for the generated catalogue, `real.jsonl` for that of querqy/chorus. A line has `q`, or `of`: the
number of a product, taken from the catalogue. The first `top` hits (at least one, or as many as there are) must have
the `category`, a `title` or a `text` (title and category, in any case) that the pattern finds, the `sku`, and prices
within `price_min` and `price_max`; `corrected` is the answer's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from storefront.search.reader import SearchIndex

Query = Mapping[str, Any]
Row = Mapping[str, Any]
# a product's number, as it is pasted into a search
NUMBERS = {
    "barcode": lambda row: row["variants"][0]["barcode"],
    "padded_barcode": lambda row: f"0{row['variants'][0]['barcode']}",
    "sku_in_words": lambda row: f" {row['variants'][0]['sku']} ",
}


def read_queries(catalogue: Literal["generated", "real"]) -> list[Query]:
    """The queries for one catalogue."""
    lines = (Path(__file__).parent / f"{catalogue}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def with_numbers(queries: Sequence[Query], rows: Sequence[Row]) -> list[Query]:
    """The queries, those for a product's number with that of the product in the middle of the catalogue."""
    numbered = [row for row in rows if row["variants"][0]["sku"] and row["variants"][0]["barcode"]]
    row = numbered[len(numbered) // 2]
    return [
        {**query, "q": NUMBERS[query["of"]](row), "sku": row["variants"][0]["sku"]} if "of" in query else query
        for query in queries
    ]


def fault(index: SearchIndex, query: Query) -> str | None:
    """What is wrong with the answer to a query; None when it is right."""
    found = index.search(query["q"], limit=query["top"], with_facets=False)
    if not found.hits:
        return "finds nothing"
    if "corrected" in query and found.corrected != query["corrected"]:
        return f"was answered as {found.corrected!r}"
    for place, hit in enumerate(found.hits, start=1):
        if not _is_meant(query, hit):
            return f"has at place {place} of {query['top']}: {hit['title']} ({hit['category']}, {hit['price']})"
    return None


def _is_meant(query: Query, hit: Mapping[str, Any]) -> bool:
    text = f"{hit['title']} · {hit['category']}"
    return bool(
        hit["category"] == query.get("category", hit["category"])
        and re.search(query.get("title", ""), hit["title"])
        and re.search(query.get("text", ""), text, re.IGNORECASE)
        and hit["sku"] == query.get("sku", hit["sku"])
        and query.get("price_min", 0) <= (hit["price"] or 0) <= query.get("price_max", hit["price"] or 0)
    )
