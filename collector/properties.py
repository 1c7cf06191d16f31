"""The properties of an event in the contract's types, also where a client writes the same in other words."""

from __future__ import annotations

from typing import Any

from msgspec import ValidationError, convert

from collector.redaction import trim_product_urls, trim_urls
from events.ecommerce import Choices, OtherProperties
from events.envelope import EventType, properties_of
from events.fitting import fit

AMOUNTS = (
    "value",
    "subtotal",
    "total",
    "revenue",
    "shipping",
    "tax",
    "discount",
)  # of a refund some clients write them as less


def typed_properties(said: dict[str, Any], event_type: EventType, name: str | None) -> Any:
    """What a client said of an event as the struct of its type (`envelope.properties_of`), its URLs trimmed.

    `name` is the contract's name of a track event. Raises ValidationError with the name of a field that does not fit.
    """
    model = properties_of(event_type, name)
    properties = trim_urls(said)
    if "products" in properties:
        properties = properties | {"products": trim_product_urls(properties["products"])}
    try:
        return convert(properties, model)
    except ValidationError:
        mended = _mended(properties, name)
        return convert(fit(mended, model, drops=model is OtherProperties), model)


def _mended(properties: dict[str, Any], name: str | None) -> dict[str, Any]:
    """What means the same in the contract's words: an SKU for an id, a discount or a refund written as less."""
    mended = dict(properties)
    for choices in ("filters", "sorts"):  # of any shape in the wild: what does not fit must not cost the search
        if choices in mended and not _are_choices(mended[choices]):
            del mended[choices]
    products = mended.get("products")
    for product in [mended, *(products if isinstance(products, list) else ())]:
        if isinstance(product, dict) and product.get("product_id") in (None, "") and product.get("sku"):
            product["product_id"] = product["sku"]
    for amount in AMOUNTS if name == "Order Refunded" else ("discount",):
        value = mended.get(amount)
        if isinstance(value, int | float) and not isinstance(value, bool):
            mended[amount] = abs(value)
    return mended


def _are_choices(value: Any) -> bool:
    try:
        convert(value, Choices)
    except ValidationError:
        return False
    return True
