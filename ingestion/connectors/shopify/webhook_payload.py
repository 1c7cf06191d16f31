"""What Shopify's webhooks about goods say, and what is kept of one: the fields that a product's card shows.

Sources of the shapes: https://shopify.dev/docs/api/webhooks, topics products/* and inventory_levels/update.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from privacy.webhook_payload import MAX_CHARACTERS, Number, WebhookPayloadError

WHOLE_LIST = 100  # a webhook lists at most so many variants; a shorter list is all of them


class Image(msgspec.Struct):
    """The product's first picture."""

    src: str


class Variant(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A variant; what the payload lacks, raw may have."""

    id: Number
    price: str | None
    inventory_item_id: Number
    sku: str | None = None
    barcode: str | None = None
    position: int | None = None
    compare_at_price: str | None = None
    inventory_policy: str | None = None
    inventory_quantity: int | None = None


class Product(msgspec.Struct, kw_only=True, omit_defaults=True):
    """products/create and products/update."""

    id: Number
    title: str | None
    status: str
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    variants: list[Variant]
    vendor: str | None = None
    product_type: str | None = None
    tags: str | None = None
    image: Image | None = None


class DeletedProduct(msgspec.Struct, forbid_unknown_fields=True):
    """products/delete: nothing but the number. A body with more is another topic's: the HMAC covers no header."""

    id: Number


class Level(msgspec.Struct, kw_only=True):
    """inventory_levels/update: how many of an item there are at a place; null: not counted there."""

    inventory_item_id: Number
    location_id: Number
    available: int | None
    updated_at: datetime


class GoodsChange(msgspec.Struct, frozen=True):
    """What is kept: of each kind and key the newest, by the shop's clock. `payload` has the names of raw's columns."""

    kind: str  # product, deleted_product, inventory_level
    key: str
    changed_at: datetime
    payload: dict[str, Any]


SHAPES: dict[str, tuple[str, type[Product | DeletedProduct | Level]]] = {
    "products/create": ("product", Product),
    "products/update": ("product", Product),
    "products/delete": ("deleted_product", DeletedProduct),
    "inventory_levels/update": ("inventory_level", Level),
}


def read_goods(topic: str, body: bytes) -> GoodsChange:
    """What is kept of the body of a topic, one of SHAPES.

    Raises WebhookPayloadError for a body that is not JSON in UTF-8, or not the topic's.
    """
    kind, shape = SHAPES[topic]
    try:
        body.decode()
        found: Product | DeletedProduct | Level = msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise WebhookPayloadError(f"the body is not that of {topic}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WebhookPayloadError(f"the body cannot be read: {error}") from None
    if isinstance(found, DeletedProduct):
        return GoodsChange(kind, str(found.id), datetime.now(UTC), {})
    if isinstance(found, Level):
        key = f"{found.inventory_item_id}|{found.location_id}"
        return GoodsChange(kind, key, _moment(found.updated_at), msgspec.to_builtins(found))
    for variant in found.variants:
        _check_money(variant)
    kept: dict[str, Any] = msgspec.to_builtins(found)
    # raw prefers this one, and an older picture must not win
    kept["featured_image"] = {"url": found.image.src} if found.image else None
    kept["has_all_variants"] = len(found.variants) < WHOLE_LIST
    return GoodsChange(kind, str(found.id), _moment(found.updated_at), kept)


def _moment(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _check_money(variant: Variant) -> None:
    for name in ("price", "compare_at_price"):
        text = getattr(variant, name)
        try:
            if text:
                msgspec.convert(text, float, strict=False)
        except msgspec.ValidationError:
            raise WebhookPayloadError(f"{name} of variant {variant.id} is no number") from None
        if text and len(text) > MAX_CHARACTERS:
            raise WebhookPayloadError(f"{name} of variant {variant.id} is longer than {MAX_CHARACTERS} characters")
