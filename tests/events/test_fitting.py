"""What clients write is taken where its meaning is clear, and refused with the field's name where it is not."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct, ValidationError, convert

from events.bounds import Currency, Id, Label, Money, Quantity
from events.context import CONTEXT_FIELDS, Context
from events.fitting import fit


class Item(Struct, kw_only=True):
    product_id: Id
    category: Label | None = None
    variant: Label | None = None
    price: Money | None = None
    quantity: Quantity | None = None
    currency: Currency | None = None


class Basket(Struct, kw_only=True):
    order_id: Id
    total: Money | None = None
    products: Annotated[list[Item], Meta(max_length=3)] = []


def item(**fields: Any) -> dict[str, Any]:
    return fit({"product_id": "1"} | fields, Item)


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("product_id", 40001, 40001),
        ("product_id", 40001.0, "40001"),
        ("product_id", "gid://shopify/Product/42", "42"),
        ("product_id", "gid://shopify/ProductVariant/7?inventory=1", "7"),
        ("category", ["Computers", "Laptops"], "Computers / Laptops"),
        ("category", ["Laptops"], "Laptops"),
        ("category", "x" * 300, "x" * 255),
        ("variant", 128, "128"),
        ("price", "1299.00", 1299.0),
        ("price", "", None),
        ("price", None, None),
        ("quantity", 1.0, 1),
        ("quantity", "2", 2),
        ("currency", "eur", "EUR"),
        ("currency", "", None),
    ],
)
def test_a_clear_meaning_is_taken(name: str, given: Any, taken: Any) -> None:
    fitted = item(**{name: given})
    assert fitted[name] == taken
    convert(fitted, Item)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"price": "1,299.00"}, "Expected a number, got str - at `price`"),
        ({"price": True}, "Expected a number, got bool - at `price`"),
        ({"price": float("nan")}, "Expected a number, got float - at `price`"),
        ({"quantity": 1.5}, "Expected a whole number, got float - at `quantity`"),
        ({"product_id": "x" * 256}, "256 characters, at most 255 are taken - at `product_id`"),
        ({"product_id": None}, "missing required field `product_id`"),
        ({"variant": {"size": 1}}, "Expected a text, got dict - at `variant`"),
    ],
)
def test_what_is_not_clear_is_refused_with_its_field(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        item(**fields)


def test_lists() -> None:
    assert fit({"order_id": 1, "products": None}, Basket)["products"] == []
    assert fit({"order_id": 1, "products": {"product_id": 2}}, Basket)["products"] == [{"product_id": 2}]
    with pytest.raises(ValidationError, match=r"4 items, at most 3 are taken - at `products`"):
        fit({"order_id": 1, "products": [{"product_id": 2}] * 4}, Basket)
    with pytest.raises(ValidationError, match=r"at `products\[1\].price`"):
        fit({"order_id": 1, "products": [{"product_id": 2}, {"product_id": 3, "price": "dear"}]}, Basket)


def test_what_does_not_fit_is_left_out_when_it_may_be() -> None:
    assert fit({"order_id": 1, "total": "dear", "unknown": 1}, Basket, drops=True) == {"order_id": 1}
    with pytest.raises(ValidationError):
        fit({"order_id": {}}, Basket, drops=True)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)
FIELDS = st.sampled_from([field for model in (Item, Basket) for field in model.__struct_fields__])


@given(st.dictionaries(FIELDS, ANYTHING, max_size=8))
def test_anything_fits_or_is_refused_and_its_giver_is_left_alone(raw: dict[str, Any]) -> None:
    before = repr(raw)
    with suppress(ValidationError):
        fit(raw, Basket)
    assert repr(raw) == before


CONTEXTS = st.dictionaries(
    st.sampled_from(sorted(CONTEXT_FIELDS)),
    ANYTHING
    | st.dictionaries(st.sampled_from(["width", "density", "type", "name", "path", "version"]), ANYTHING, max_size=3),
    max_size=6,
)


@given(CONTEXTS)
def test_whatever_stands_in_a_context_costs_at_most_itself(raw: dict[str, Any]) -> None:
    convert(fit(raw, Context, drops=True), Context)


def test_a_number_out_of_range_is_left_out_of_a_context() -> None:
    assert fit({"screen": {"width": -1, "height": 900}}, Context, drops=True) == {"screen": {"height": 900}}
