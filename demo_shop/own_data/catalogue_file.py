"""Reads a product catalogue, with the fields that docs/bring-your-data.md describes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from demo_shop.own_data.category_rules import tidy_category
from demo_shop.own_data.prices import read_price
from demo_shop.own_data.product_ids import product_id
from demo_shop.own_data.products import complete_product
from demo_shop.own_data.table import Record, records_of
from demo_shop.store.model import Product

MAX_ATTRIBUTES = 20


class CatalogueLine(msgspec.Struct):
    """One line of the file. Other fields are ignored."""

    id: str | int
    title: str
    price: Any = None
    brand: str | None = None
    department: str | None = None
    category: str | None = None
    short_description: str | None = None
    description: str | None = None
    ean: str | None = None
    image: str | None = None
    released: str | None = None
    attrs: dict[str, Any] | None = None


def read_catalogue(path: Path, seed: int, end: datetime) -> Iterator[Product | str]:
    """The file's products in its order. An invalid line is a sentence instead, with the line's number and the reason.

    A price that cannot be read is NaN; see products.with_believable_prices.
    """
    for number, record in records_of(path):
        try:
            line = _line(record)
        except (msgspec.MsgspecError, ValueError) as error:
            yield f"{path.name} line {number} left out: {error}"
        else:
            yield _product(line, seed, end)


def _line(record: Record | str) -> CatalogueLine:
    """Raises MsgspecError or ValueError for a record that is not a product."""
    if isinstance(record, str):
        raise ValueError(record)
    line = msgspec.convert({name: value for name, value in record.items() if value != ""}, CatalogueLine, strict=False)
    if not line.title.strip() or not str(line.id).strip():
        raise ValueError("no title" if str(line.id).strip() else "no id")
    return line


def _product(line: CatalogueLine, seed: int, end: datetime) -> Product:
    category, department = tidy_category(line.title, line.category or "", line.department or "")
    return complete_product(
        product_id("catalogue", str(line.id).strip()),
        " ".join(line.title.split()),
        line.brand or "",
        category,
        department,
        read_price(line.price),
        seed,
        end,
        description=line.description or line.short_description or "",
        barcode=line.ean or "",
        image_url=line.image or None,
        attributes=_attributes(line.attrs or {}),
        created_at=_released(line.released),
    )


def _attributes(attributes: dict[str, Any]) -> dict[str, str]:
    """At most MAX_ATTRIBUTES, with keys and values as metafields allow them; whole numbers without a trailing ".0"."""
    found: dict[str, str] = {}
    for key, value in attributes.items():
        name = re.sub(r"[^a-z0-9_]+", "_", key.lower()).strip("_")[:64]
        text = f"{value:g}" if isinstance(value, float) else str(value)
        if len(name) > 1 and text.strip() and value is not None and len(found) < MAX_ATTRIBUTES:
            found[name] = text[:500]
    return found


def _released(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=UTC)
    except ValueError:
        return None
