"""Brings what landed from the shop into serving.products: a price, stock, and what is no longer sold, within seconds.

Lists are filtered by these cards when they are read (serving.recommend), so nothing sold out is recommended for longer.
A change that a gate would stop is not followed; serving.refused_changes lists it with its reason until it is mended.
"""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import structlog
from msgspec import json
from psycopg.rows import dict_row

from comptoir.polling import poll
from comptoir.setting_types import ShopPlatform
from ingestion.landed_products import Landed, landed_since

log = structlog.get_logger()

# the daily publication and the follower wait for each other, so that neither writes what the other knows better
ONE_WRITER = "select pg_advisory_xact_lock(hashtext('serving.products'))"
WRITE = """
    insert into serving.products as card (
        product_id, title, brand, category, department, price, currency, image_url, is_in_stock, is_published,
        updated_at
    )
    select
        product_id, title, brand, category, department, price_amount, currency, image_url, is_in_stock, true, updated_at
    from json_to_recordset(%s::json) as landed (
        product_id text, title text, brand text, category text, department text, price_amount numeric, currency text,
        image_url text, is_in_stock boolean, updated_at timestamptz
    )
    on conflict (product_id) do update set
        title = excluded.title, brand = excluded.brand, category = excluded.category, department = excluded.department,
        price = excluded.price, currency = coalesce(excluded.currency, card.currency), image_url = excluded.image_url,
        is_in_stock = excluded.is_in_stock, is_published = true, updated_at = excluded.updated_at,
        changed_at = clock_timestamp()
    where row(
        card.title, card.brand, card.category, card.department, card.price, card.currency, card.image_url,
        card.is_in_stock, card.is_published
    ) is distinct from row(
        excluded.title, excluded.brand, excluded.category, excluded.department, excluded.price,
        coalesce(excluded.currency, card.currency), excluded.image_url, excluded.is_in_stock, true
    )
"""
UNPUBLISH = """
    update serving.products set is_published = false, changed_at = clock_timestamp()
    where product_id = any(%s) and is_published
"""
REFUSE = """
    insert into serving.refused_changes as known (product_id, reason) select * from unnest(%s::text[], %s::text[])
    on conflict (product_id) do update set reason = excluded.reason, refused_at = now()
    where known.reason <> excluded.reason
"""
FORGIVE = "delete from serving.refused_changes where product_id = any(%s)"


class CardFollower:
    """Keeps the cards current with raw."""

    def __init__(self, database_url: str, platform: ShopPlatform) -> None:
        self._database_url = database_url
        self._platform: ShopPlatform = platform
        self._since: float | None = None  # epoch seconds: all that landed before was seen

    def follow(self, stop: threading.Event) -> None:
        """Look again and again until `stop` is set; Postgres may go away and come back."""
        poll(self._database_url, self.step, stop, "product_cards_not_followed")

    def step(self, connection: psycopg.Connection[dict[str, Any]]) -> int:
        """Look once; returns how many cards changed. Raises psycopg.Error."""
        with connection.transaction():
            connection.execute(ONE_WRITER)
            landed = landed_since(connection, self._since, self._platform)
            changed = apply_landed(connection, landed)
        self._since = landed.since
        if changed:
            log.info("product_cards_changed", products=changed)
        return changed


def read_refused(database_url: str) -> list[dict[str, Any]]:
    """The products whose last change was refused (product_id, reason, refused_at), newest first.

    Raises psycopg.Error.
    """
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        return connection.execute(
            "select product_id, reason, refused_at from serving.refused_changes order by refused_at desc, product_id"
        ).fetchall()


def apply_landed(connection: psycopg.Connection[dict[str, Any]], landed: Landed) -> int:
    """Write the cards that differ, in the caller's transaction; returns how many. Raises psycopg.Error."""
    changed = 0
    if landed.products:
        sold = [row for row in landed.products.values() if row["is_published"]]
        gone = [product_id for product_id, row in landed.products.items() if not row["is_published"]]
        changed += connection.execute(WRITE, [json.encode(sold).decode()]).rowcount if sold else 0
        changed += connection.execute(UNPUBLISH, [gone]).rowcount if gone else 0
        connection.execute(FORGIVE, [list(landed.products)])
    if landed.refused:
        connection.execute(REFUSE, [list(landed.refused), list(landed.refused.values())])
        log.warning("product_changes_refused", products=len(landed.refused))
    return changed
