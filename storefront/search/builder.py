"""Builds the search index from the product mart and makes it current in one step.

Layout of `index_dir`: `versions/<version>/` are tantivy indexes with what was learned from their products
(`facts.json`), `current` is a symbolic link to one of them. A reader sees the old index or the new one, never a
half-written one. The version before the current one is kept.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import tantivy
from psycopg.rows import dict_row

from storefront.search import intent, qualifiers
from storefront.search.clicks import clicked_categories
from storefront.search.documents import document, facet_attributes
from storefront.search.facts import Facts, write_facts
from storefront.search.kinds import Kinds
from storefront.search.languages import languages_of_shop
from storefront.search.products import PRODUCTS_QUERY
from storefront.search.published_weights import published_weights
from storefront.search.rules import read_rules, write_rules
from storefront.search.schema import build_schema, register_analyzers
from storefront.search.suggestions import asked_queries, queries_of_catalogue
from storefront.search.synonyms import Synonym, own_synonyms, shop_synonyms
from storefront.search.versions import open_version
from storefront.search.weights import WEIGHTS, Weights

# bytes, at most, which a small catalogue does not use; what does not fit becomes another segment, and each costs every
# search a tenth of a millisecond
WRITER_MEMORY = 256_000_000


@dataclass(frozen=True, slots=True)
class Visitors:
    """What the shop's visitors did: query -> how often it was asked, query -> categories clicked after it."""

    queries: Mapping[str, int] = field(default_factory=dict)
    clicked_categories: Mapping[str, dict[str, float]] = field(default_factory=dict)


NO_VISITORS = Visitors()


class EmptyCatalogueError(Exception):
    """The product mart has no published product; the index in place was kept."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did: documents written, seconds taken, name of the version now current."""

    products: int
    seconds: float
    version: str


def build_search_index(database_url: str, index_dir: Path, price_lists: Sequence[str] = ()) -> IndexReport:
    """Index every published product of `marts.dim_products` and make the result current.

    `price_lists` are those that prices may be asked for in, beside the shop's own (`storefront.search.price_lists`).
    Raises EmptyCatalogueError when there is none: that is a fault upstream, not a catalogue. Raises psycopg.Error
    when the mart cannot be read.
    """
    start = time.monotonic()
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        products = connection.execute(PRODUCTS_QUERY).fetchall()
        synonyms = [*own_synonyms(), *shop_synonyms(connection)]
        rules = read_rules(connection)
        visitors = Visitors(asked_queries(connection), clicked_categories(connection))
        weights = published_weights(connection)
    version = index_products(products, index_dir, synonyms, visitors, weights, price_lists)
    write_rules(rules, index_dir)
    return IndexReport(len(products), round(time.monotonic() - start, 3), version)


def renew_search_index(database_url: str, index_dir: Path, price_lists: Sequence[str] = ()) -> IndexReport | None:
    """Build the index again when it cannot be read, as after an upgrade, or has not these price lists; else None.

    Without an index there is nothing to renew: the first daily run builds one. Raises as `build_search_index`.
    """
    try:
        is_current = open_version(index_dir / "current").facts.price_lists == tuple(price_lists)
    except FileNotFoundError:
        return None
    except ValueError:
        is_current = False
    return None if is_current else build_search_index(database_url, index_dir, price_lists)


def index_products(
    products: Sequence[Mapping[str, Any]],
    index_dir: Path,
    synonyms: Sequence[Synonym] | None = None,
    visitors: Visitors = NO_VISITORS,
    weights: Weights = WEIGHTS,
    price_lists: Sequence[str] = (),
) -> str:
    """Index rows with the columns of PRODUCTS_QUERY and make the result current; returns the version's name.

    `synonyms`: those that come with Comptoir unless given; `visitors`: what the shop's own visitors asked and clicked;
    `weights`: of the ranking; `price_lists`: see `build_search_index`. Raises EmptyCatalogueError without a product.
    """
    if not products:
        raise EmptyCatalogueError(
            "marts.dim_products has no published product: build the marts first, then the search index."
        )
    versions = index_dir / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    facts = Facts(
        facet_attributes=facet_attributes(products),
        title_categories=intent.learn(products),
        synonyms=own_synonyms() if synonyms is None else list(synonyms),
        clicked_categories=dict(visitors.clicked_categories),
        names=qualifiers.learn(products),
        queries={**queries_of_catalogue(products), **visitors.queries},
        weights=asdict(weights),
        languages=languages_of_shop(),
        price_lists=tuple(price_lists),
    )
    with one_writer(index_dir):
        version = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        unfinished = index_dir / ".building"
        shutil.rmtree(unfinished, ignore_errors=True)  # of a build that was killed
        _write(products, facts, unfinished)
        unfinished.rename(versions / version)
        _make_current(index_dir, version)
        _forget_old(versions, keep=2)
    return version


def _write(products: Sequence[Mapping[str, Any]], facts: Facts, folder: Path) -> None:
    folder.mkdir()
    index = tantivy.Index(build_schema(facts.price_lists), path=str(folder))
    register_analyzers(index)
    writer = index.writer(heap_size=WRITER_MEMORY, num_threads=1)
    kinds = Kinds(products)
    for product in products:
        writer.add_document(
            document(product, facts.facet_attributes, facts.names, kinds.of(product), facts.price_lists)
        )
    writer.commit()
    writer.wait_merging_threads()
    write_facts(facts, folder)


@contextmanager
def one_writer(index_dir: Path) -> Iterator[None]:
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
