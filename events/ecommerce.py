"""Typed properties of the e-commerce events, by event name.

Names and fields: Segment's "E-Commerce Spec (V2)". Additions of ours: `filters`, `sorts` and `results` on
Products Searched, `recommendation` on a click that came from a recommendation, and Recommendations Viewed.
Amounts are in units of `currency`, never in cents. Only what is named here is checked; other properties pass through.
Numbers must be JSON numbers, because the warehouse casts them: a price "free" would stop a dbt model a day later. A
field that becomes required, or a type that becomes narrower, is a new version of the contract; a new optional field
is not.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1, max_length=255)] | int
Money = Annotated[float, Meta(ge=0, le=1_000_000_000)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Position = Annotated[int, Meta(ge=0, le=1_000_000)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217")]
Name = Annotated[str, Meta(max_length=1_000)]
Url = Annotated[str, Meta(max_length=8_192)]


class Choice(Struct, frozen=True):
    """One filter or sort order that the visitor chose."""

    type: str
    value: Any = None


Choices = list[Choice] | dict[str, Any]


class Recommendation(Struct, frozen=True):
    """The place of a clicked recommendation on the page; `rank` counts from 1."""

    slot: Annotated[str, Meta(min_length=1, max_length=100)]
    rank: Annotated[int, Meta(ge=1, le=10_000)]
    model_version: str | None = None
    source: Name | None = None  # which list it came from: visitor, neighbours, trending, …
    arm: Name | None = None  # of the experiment (recommendations/experiment.py)


class ProductFields(Struct, frozen=True, kw_only=True):
    """What every product in every event may carry."""

    sku: Id | None = None
    category: Name | None = None
    name: Name | None = None
    brand: Name | None = None
    variant: Name | None = None
    price: Money | None = None
    currency: Currency | None = None
    quantity: Quantity | None = None
    coupon: Name | None = None
    position: Position | None = None
    url: Url | None = None
    image_url: Url | None = None


class Product(ProductFields, frozen=True, kw_only=True):
    """A product inside a list, a cart or an order."""

    product_id: Id


class ProductProperties(Product, frozen=True, kw_only=True):
    """Product Clicked, Viewed, Added, Removed."""

    cart_id: Id | None = None
    value: Money | None = None
    recommendation: Recommendation | None = None


class ProductsSearched(Struct, frozen=True, kw_only=True):
    """Products Searched; `results` is how many products were found."""

    query: Name
    filters: Choices | None = None
    sorts: Choices | None = None
    results: Annotated[int, Meta(ge=0)] | None = None


class ProductListProperties(Struct, frozen=True, kw_only=True):
    """Product List Viewed and Filtered."""

    list_id: Id | None = None
    category: Name | None = None
    products: list[Product] = []
    filters: Choices | None = None
    sorts: Choices | None = None


class Cart(Struct, frozen=True, kw_only=True):
    """Cart Viewed."""

    cart_id: Id | None = None
    products: list[Product] = []


class Order(Struct, frozen=True, kw_only=True):
    """Checkout Started, and what all order events have: amounts in `currency`, without conversion."""

    order_id: Id | None = None
    checkout_id: Id | None = None
    affiliation: Name | None = None
    value: Money | None = None
    subtotal: Money | None = None
    total: Money | None = None
    revenue: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    coupon: Name | None = None
    currency: Currency | None = None
    products: list[Product] = []


class PlacedOrder(Order, frozen=True, kw_only=True):
    """Order Completed and Refunded: the order exists, so its id is needed."""

    order_id: Id


class CheckoutStep(Struct, frozen=True, kw_only=True):
    """Checkout Step Viewed and Completed, Payment Info Entered."""

    checkout_id: Id | None = None
    order_id: Id | None = None
    step: Annotated[int, Meta(ge=0)] | None = None
    shipping_method: Name | None = None
    payment_method: Name | None = None


class Coupon(Struct, frozen=True, kw_only=True):
    """Coupon Applied."""

    order_id: Id | None = None
    cart_id: Id | None = None
    coupon_id: Id | None = None
    coupon_name: Name | None = None
    discount: Money | None = None


class ShownProduct(Struct, frozen=True):
    """A recommendation on the screen; `position` is its rank in the slot and counts from 1."""

    product_id: Id
    position: Annotated[int, Meta(ge=1, le=10_000)]
    source: Name | None = None


class RecommendationsViewed(Struct, frozen=True, kw_only=True):
    """The impressions of one slot."""

    slot: Annotated[str, Meta(min_length=1, max_length=100)]
    products: list[ShownProduct]
    model_version: str | None = None
    arm: Name | None = None


TRACK_PROPERTIES: dict[str, type[Struct]] = {
    "Products Searched": ProductsSearched,
    "Product List Viewed": ProductListProperties,
    "Product List Filtered": ProductListProperties,
    "Product Clicked": ProductProperties,
    "Product Viewed": ProductProperties,
    "Product Added": ProductProperties,
    "Product Removed": ProductProperties,
    "Cart Viewed": Cart,
    "Checkout Started": Order,
    "Checkout Step Viewed": CheckoutStep,
    "Checkout Step Completed": CheckoutStep,
    "Payment Info Entered": CheckoutStep,
    "Order Completed": PlacedOrder,
    "Order Refunded": PlacedOrder,
    "Coupon Applied": Coupon,
    "Recommendations Viewed": RecommendationsViewed,
}
