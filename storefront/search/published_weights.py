"""The weights that searches rank with: of `serving.search_weights`, else those that come with Comptoir."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from storefront.search.weights import WEIGHTS, Weights, weights_of

NEWEST = "select weights from serving.search_weights where is_published order by fitted_at desc limit 1"


def published_weights(connection: psycopg.Connection[Any]) -> Weights:
    """The newest that were published; the built-in ones while the table is missing or empty. Raises psycopg.Error."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        if cursor.execute("select to_regclass('serving.search_weights')").fetchone() == (None,):
            return WEIGHTS
        row = cursor.execute(NEWEST).fetchone()
    return WEIGHTS if row is None else weights_of(row[0])


def publish_built_in(database_url: str) -> None:
    """Go back to the weights that come with Comptoir. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into serving.search_weights (is_published, weights) values (true, %s)", [Jsonb(asdict(WEIGHTS))]
        )
