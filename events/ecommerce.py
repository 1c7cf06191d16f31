"""Typed properties of the e-commerce events, by event name.

Names and fields: Segment's "E-Commerce Spec (V2)". Additions of ours: `filters`, `sorts` and `results` on
Products Searched, `recommendation` on a click that came from a recommendation, and Recommendations Viewed.
Amounts are in units of `currency`, never in cents. Only what is named here is kept, and each field is bounded
(events/bounds.py): the warehouse casts numbers and makes keys of texts. A field that becomes required, or a type that
becomes narrower, is a new version of the contract; a new optional field is not.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from events.bounds import (
    MAX_ITEMS,
    Amount,
    Bounded,
    Code,
    Count,
    Currency,
    Id,
    Label,
    Money,
    Position,
    Quantity,
    Rank,
    Text,
    Url,
)

Slot = Annotated[str, Meta(min_length=1, max_length=100)]
Products = Annotated[list["Product"], Meta(max_length=MAX_ITEMS)]

# what a visitor ticked: one value, several, or the ends of a range
Scalar = Text | Amount | bool | None
Chosen = Scalar | Annotated[list[Scalar], Meta(max_length=100)] | Annotated[dict[Code, Scalar], Meta(max_length=100)]


class Choice(Bounded, kw_only=True):
    """One filter or sort order that the visitor chose."""

    type: Code
    value: Chosen = None


Choices = Annotated[list[Choice], Meta(max_length=100)] | Annotated[dict[Code, Chosen], Meta(max_length=100)]


class Recommendation(Bounded, kw_only=True):
    """The place of a clicked recommendation on the page; `rank` counts from 1."""

    slot: Slot
    rank: Rank
    model_version: Code | None = None
    source: Code | None = None  # which list it came from: visitor, neighbours, trending, …
    arm: Code | None = None  # of the experiment (recommendations/experiment.py)


class ProductFields(Bounded, kw_only=True):
    """What every product in every event may carry."""

    sku: Id | None = None
    category: Label | None = None
    name: Text | None = None
    brand: Label | None = None
    variant: Label | None = None
    price: Money | None = None
    currency: Currency | None = None
    quantity: Quantity | None = None
    coupon: Label | None = None
    position: Position | None = None
    url: Url | None = None
    image_url: Url | None = None


class Product(ProductFields, kw_only=True):
    """A product inside a list, a cart or an order."""

    product_id: Id


class ProductProperties(Product, kw_only=True):
    """Product Clicked, Viewed, Added, Removed."""

    cart_id: Id | None = None
    value: Money | None = None
    recommendation: Recommendation | None = None


class ProductsSearched(Bounded, kw_only=True):
    """Products Searched; `results` is how many products were found."""

    query: Text
    filters: Choices | None = None
    sorts: Choices | None = None
    results: Count | None = None


class ProductListProperties(Bounded, kw_only=True):
    """Product List Viewed and Filtered."""

    list_id: Id | None = None
    category: Label | None = None
    products: Products = field(default_factory=list)
    filters: Choices | None = None
    sorts: Choices | None = None


class Cart(Bounded, kw_only=True):
    """Cart Viewed."""

    cart_id: Id | None = None
    products: Products = field(default_factory=list)


class Order(Bounded, kw_only=True):
    """Checkout Started, and what all order events have: amounts in `currency`, without conversion."""

    order_id: Id | None = None
    checkout_id: Id | None = None
    affiliation: Label | None = None
    value: Money | None = None
    subtotal: Money | None = None
    total: Money | None = None
    revenue: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    coupon: Label | None = None
    currency: Currency | None = None
    products: Products = field(default_factory=list)


class PlacedOrder(Order, kw_only=True):
    """Order Completed and Refunded: the order exists, so its id is needed."""

    order_id: Id


class CheckoutStep(Bounded, kw_only=True):
    """Checkout Step Viewed and Completed, Payment Info Entered."""

    checkout_id: Id | None = None
    order_id: Id | None = None
    step: Position | None = None
    shipping_method: Label | None = None
    payment_method: Label | None = None


class Coupon(Bounded, kw_only=True):
    """Coupon Applied."""

    order_id: Id | None = None
    cart_id: Id | None = None
    coupon_id: Id | None = None
    coupon_name: Label | None = None
    discount: Money | None = None


class ShownProduct(Bounded, kw_only=True):
    """A recommendation on the screen; `position` is its rank in the slot and counts from 1."""

    product_id: Id
    position: Rank
    source: Code | None = None


class RecommendationsViewed(Bounded, kw_only=True):
    """The impressions of one slot."""

    slot: Slot
    products: Annotated[list[ShownProduct], Meta(max_length=MAX_ITEMS)]
    model_version: Code | None = None
    arm: Code | None = None


class OtherProperties(ProductFields, kw_only=True):
    """What is kept of a track event with a name of the shop's own."""

    product_id: Id | None = None
    order_id: Id | None = None
    checkout_id: Id | None = None
    cart_id: Id | None = None
    list_id: Id | None = None
    query: Text | None = None
    label: Label | None = None
    value: Amount | None = None
    revenue: Money | None = None
    total: Money | None = None
    discount: Money | None = None
    slot: Slot | None = None
    products: Products = field(default_factory=list)


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
