"""Changes single products of the current index, and follows what lands from the shop: `comptoir search follow`.

A full build learns from the whole catalogue and swaps; between two builds a product that changed, sold out or was
unpublished is written into the current version by itself. Readers see it with their next search.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
import psycopg
import structlog
import tantivy
from tantivy import Query

from comptoir.polling import poll
from storefront.search.builder import one_writer
from storefront.search.documents import document, kept_card
from storefront.search.facts import read_facts
from storefront.search.products import PRODUCTS_QUERY
from storefront.search.rules import read_rules, write_rules
from storefront.search.schema import register_analyzers
from storefront.search.versions import IndexMissingError

log = structlog.get_logger()

RULES_SECONDS = 5.0
WRITER_MEMORY = 64_000_000  # bytes: a few products at a time
UNKNOWN: dict[str, Any] = {
    "rating": None,
    "rating_count": 0,
    "attributes": {},
}  # of a product that the marts do not have yet


class Landed(Protocol):
    """What landed from the shop, see `ingestion.landed_products`."""

    @property
    def products(self) -> Mapping[str, Mapping[str, Any]]:
        """Product id -> columns that are newer than those of the mart."""

    @property
    def since(self) -> float | None:
        """Where the next look begins."""


LandedSince = Callable[[psycopg.Connection[dict[str, Any]], float | None], Landed]


def apply_changes(index_dir: Path, products: Sequence[Mapping[str, Any]], removed: Collection[str] = ()) -> int:
    """Write products into the current index, and take out those in `removed`; returns how many it changed.

    Rows have the columns of PRODUCTS_QUERY. A product that is as it was is left alone. Raises IndexMissingError.
    """
    with one_writer(index_dir):
        folder = _current_version(index_dir)
        facts = read_facts(folder)
        index = tantivy.Index.open(str(folder))
        register_analyzers(index)
        searcher = index.searcher()
        before = {each["product_id"]: _stored(searcher, index.schema, each["product_id"]) for each in products}
        changed = [each for each in products if _is_changed(before[each["product_id"]], each, facts.price_lists)]
        gone = [product_id for product_id in removed if _stored(searcher, index.schema, product_id)]
        if not changed and not gone:
            return 0
        writer = index.writer(heap_size=WRITER_MEMORY, num_threads=1)
        for product_id in (*gone, *(each["product_id"] for each in changed)):
            writer.delete_documents_by_term("product_id", product_id)
        for product in changed:
            stored = before[product["product_id"]]
            # of a new product nothing else is known until the next build
            kind = stored.get_first("kind") if stored else product["category"]
            writer.add_document(document(product, facts.facet_attributes, facts.names, kind, facts.price_lists))
        writer.commit()
        writer.wait_merging_threads()
    return len(changed) + len(gone)


def _current_version(index_dir: Path) -> Path:
    try:
        return (index_dir / "current").resolve(strict=True)
    except FileNotFoundError:
        raise IndexMissingError("The search index is not built yet: run the `search_index` asset.") from None


class Follower:
    """Brings what landed from the shop into the index, product by product, and the rules with it.

    `landed_since` says what landed, see `ingestion.landed_products`: the storefront itself reads no raw data.
    """

    def __init__(self, database_url: str, index_dir: Path, landed_since: LandedSince) -> None:
        self._database_url = database_url
        self._index_dir = index_dir
        self._landed_since = landed_since
        self._since: float | None = None  # epoch seconds: all that landed before was seen
        self._version: Path | None = None  # of the index that it was written into
        self._rules_at = float("-inf")

    def follow(self, stop: threading.Event) -> None:
        """Look again and again until `stop` is set; Postgres may go away and come back."""
        poll(self._database_url, self.step, stop, "search_index_not_followed", (IndexMissingError,))

    def step(self, connection: psycopg.Connection[dict[str, Any]]) -> int:
        """Look once; returns how many products changed. Raises psycopg.Error and IndexMissingError."""
        version = _current_version(self._index_dir)  # the first build reads all by itself
        if version != self._version:  # a new build is made from the marts: it may lack what landed since
            self._since, self._version = None, version
        if time.monotonic() - self._rules_at > RULES_SECONDS:
            write_rules(read_rules(connection), self._index_dir)
            self._rules_at = time.monotonic()
        landed = self._landed_since(connection, self._since)
        changed = self._apply(connection, landed.products) if landed.products else 0
        self._since = landed.since
        return changed

    def _apply(self, connection: psycopg.Connection[dict[str, Any]], landed: Mapping[str, Mapping[str, Any]]) -> int:
        ids = list(landed)
        query = f"{PRODUCTS_QUERY} and product_id = any(%s)"
        rows = {row["product_id"]: row for row in connection.execute(query.encode(), [ids]).fetchall()}
        current = []
        removed = []
        for product_id, change in landed.items():
            if not change["is_published"]:
                removed.append(product_id)
            else:
                current.append({**UNKNOWN, **rows.get(product_id, {}), **change})
        changed = apply_changes(self._index_dir, current, removed)
        if changed:
            log.info("search_index_changed", products=changed)
        return changed


def _is_changed(stored: tantivy.Document | None, product: Mapping[str, Any], price_lists: Sequence[str]) -> bool:
    return stored is None or msgspec.json.decode(stored["card"][0]) != _as_shown(product, price_lists)


def _as_shown(product: Mapping[str, Any], price_lists: Sequence[str]) -> Any:
    """What a search answers of a product, as JSON has it: a change that is not in it is no change."""
    return msgspec.json.decode(msgspec.json.encode(kept_card(product, price_lists)))


def _stored(searcher: tantivy.Searcher, schema: tantivy.Schema, product_id: str) -> tantivy.Document | None:
    found = searcher.search(Query.term_query(schema, "product_id", product_id), limit=1).hits
    return searcher.doc(found[0][1]) if found else None
