"""Builds the search index from the product mart and makes it current in one step.

Layout of `index_dir`: `versions/<version>/` are tantivy indexes, `current` is a symbolic link to one of them.
A reader sees the old index or the new one, never a half-written one. The version before the current one is kept.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import tantivy
from psycopg.rows import dict_row

from storefront.search.schema import ATTRIBUTE_SEPARATOR, build_schema, register_analyzers

PRODUCTS_QUERY = """
    select
        product_id, title, brand, category, department, price_amount, currency, compare_at_amount,
        is_in_stock, rating, rating_count, attributes, image_url,
        description,
        to_jsonb(products) ->> 'sku' as sku  -- only where the mart has one
    from marts.dim_products as products
    where is_published
"""
# an attribute becomes a filter when many products share few values of it
FACET_MAX_VALUES = 60
FACET_MIN_PRODUCTS = 20
FACET_MIN_PRODUCTS_PER_VALUE = 3  # each serial number has one product: no use as a filter
WRITER_MEMORY = 64_000_000  # bytes


class EmptyCatalogueError(Exception):
    """The product mart has no published product; the index in place was kept."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did: documents written, seconds taken, name of the version now current."""

    products: int
    seconds: float
    version: str


def build_search_index(database_url: str, index_dir: Path) -> IndexReport:
    """Index every published product of `marts.dim_products` and make the result current.

    Raises EmptyCatalogueError when there is none: that is a fault upstream, not a catalogue. Raises psycopg.Error
    when the mart cannot be read.
    """
    start = time.monotonic()
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        products = connection.execute(PRODUCTS_QUERY).fetchall()
    version = index_products(products, index_dir)
    return IndexReport(len(products), round(time.monotonic() - start, 3), version)


def index_products(products: list[dict[str, Any]], index_dir: Path) -> str:
    """Index rows with the columns of PRODUCTS_QUERY and make the result current; returns the version's name.

    Raises EmptyCatalogueError when there are none.
    """
    if not products:
        raise EmptyCatalogueError(
            "marts.dim_products has no published product: build the marts first, then the search index."
        )
    versions = index_dir / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    with _one_builder(index_dir):
        version = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        unfinished = index_dir / ".building"
        shutil.rmtree(unfinished, ignore_errors=True)  # of a build that was killed
        _write(products, unfinished)
        unfinished.rename(versions / version)
        _make_current(index_dir, version)
        _forget_old(versions, keep=2)
    return version


def _write(products: list[dict[str, Any]], folder: Path) -> None:
    folder.mkdir()
    index = tantivy.Index(build_schema(), path=str(folder))
    register_analyzers(index)
    facets = _facet_attributes(products)
    writer = index.writer(heap_size=WRITER_MEMORY, num_threads=1)
    for product in products:
        writer.add_document(_document(product, facets))
    writer.commit()
    writer.wait_merging_threads()


def _document(product: dict[str, Any], facet_attributes: set[str]) -> tantivy.Document:
    attributes: dict[str, Any] = product["attributes"] or {}
    document = tantivy.Document(
        product_id=product["product_id"],
        title=product["title"],
        is_in_stock=bool(product["is_in_stock"]),
    )
    document.add_bytes("card", msgspec.json.encode(_card(product)))
    document.add_bytes("attributes", msgspec.json.encode(attributes))
    texts = [product["title"]]
    for field in ("brand", "category", "department"):
        if product[field]:
            document.add_text(field, product[field])
            document.add_text(f"{field}_text", product[field])
            texts.append(product[field])
    for key, value in attributes.items():
        document.add_text("attributes_text", f"{key.replace('_', ' ')} {value}")
        if key in facet_attributes:
            document.add_text("attribute", f"{key}{ATTRIBUTE_SEPARATOR}{value}")
    if product["description"]:
        document.add_text("description_text", product["description"])
    document.add_text("vocabulary", " ".join(texts))
    for field, column in (("price", "price_amount"), ("rating", "rating")):
        if product[column] is not None:
            document.add_float(field, float(product[column]))
    document.add_float("popularity", float(product["rating_count"] or 0))
    return document


def _card(product: dict[str, Any]) -> dict[str, Any]:
    """A product as search results show it; amounts are in units of `currency`."""

    def amount(column: str) -> float | None:
        return None if product[column] is None else float(product[column])

    return {
        "product_id": product["product_id"],
        "sku": product["sku"],
        "title": product["title"],
        "brand": product["brand"],
        "category": product["category"],
        "department": product["department"],
        "price": amount("price_amount"),
        "compare_at_price": amount("compare_at_amount"),
        "currency": product["currency"],
        "rating": amount("rating"),
        "rating_count": product["rating_count"] or 0,
        "image_url": product["image_url"],
        "is_in_stock": bool(product["is_in_stock"]),
    }


def _facet_attributes(products: list[dict[str, Any]]) -> set[str]:
    values: dict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for product in products:
        for key, value in (product["attributes"] or {}).items():
            values[key].add(str(value))
            counts[key] += 1
    return {
        key
        for key, seen in values.items()
        if 2 <= len(seen) <= FACET_MAX_VALUES
        and counts[key] >= max(FACET_MIN_PRODUCTS, FACET_MIN_PRODUCTS_PER_VALUE * len(seen))
    }


@contextmanager
def _one_builder(index_dir: Path) -> Iterator[None]:
    """Two builds at once would remove each other's unfinished version: the second waits."""
    with (index_dir / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_current(index_dir: Path, version: str) -> None:
    new_link = index_dir / ".current.new"
    new_link.unlink(missing_ok=True)
    new_link.symlink_to(Path("versions") / version)
    new_link.replace(index_dir / "current")  # rename(2) is atomic


def _forget_old(versions: Path, keep: int) -> None:
    """Readers that still hold an old version keep its mapped files until they close them."""
    for old in sorted(versions.iterdir())[:-keep]:
        shutil.rmtree(old)
