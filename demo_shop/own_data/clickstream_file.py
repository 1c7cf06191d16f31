"""Reads a clickstream in the format of the public REES46 data sets; docs/bring-your-data.md describes its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from demo_shop.own_data.category_codes import place_of
from demo_shop.own_data.prices import read_price
from demo_shop.own_data.product_ids import product_id
from demo_shop.own_data.products import complete_product
from demo_shop.own_data.table import Record, records_of
from demo_shop.store.model import Product

EVENTS = {  # event_type -> Segment's name
    "view": "Product Viewed",
    "cart": "Product Added",
    "remove_from_cart": "Product Removed",
    "purchase": "Order Completed",
}


@dataclass(frozen=True, slots=True)
class Click:
    """One row of the file."""

    at: datetime  # UTC
    event: str  # Segment's name of the event
    product_id: int  # the shop's id
    source_id: str  # the file's id
    category_code: str
    brand: str
    price: Decimal  # in the shop's currency; NaN when it cannot be read
    session: str


def read_clickstream(path: Path) -> Iterator[Click | str]:
    """The file's rows in its order. An invalid row is a sentence instead, with its line number and the reason."""
    for number, record in records_of(path):
        try:
            yield _click(record)
        except ValueError as error:
            yield f"{path.name} line {number} left out: {error}"


def _click(record: Record | str) -> Click:
    if isinstance(record, str):
        raise ValueError(record)

    def text(column: str) -> str:
        return str(record.get(column) or "").strip()

    event = EVENTS.get(text("event_type").lower())
    if event is None:
        raise ValueError(f"unknown event_type {text('event_type')!r}")
    for column in ("product_id", "user_session"):
        if not text(column):
            raise ValueError(f"no {column}")
    at = datetime.fromisoformat(text("event_time").removesuffix(" UTC"))
    return Click(
        at=at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC),
        event=event,
        product_id=product_id("clickstream", text("product_id")),
        source_id=text("product_id"),
        category_code=text("category_code"),
        brand=text("brand"),
        price=read_price(text("price")),
        session=text("user_session"),
    )


def products_of(clicks: Iterable[Click], seed: int, end: datetime) -> list[Product]:
    """One product for each id, as in its last row. The title is made from brand, category and id."""
    last = {click.product_id: click for click in clicks}
    products = []
    for click in last.values():
        category, department, singular = place_of(click.category_code)
        brand = click.brand.upper() if len(click.brand) <= 3 else click.brand.title()
        title = f"{brand} {singular} {click.source_id}".strip()
        title = title[:1].upper() + title[1:]
        products.append(complete_product(click.product_id, title, brand, category, department, click.price, seed, end))
    return products
