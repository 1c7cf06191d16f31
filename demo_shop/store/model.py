"""The demo shop's own words: what the content makes, the store keeps and the API answers with.

Money is `Decimal` in the currency named beside it, times are aware UTC datetimes.
Ids are Shopify's plain integers (the `legacyResourceId`), never GIDs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its only variant: electronics shops sell a colour or a size as a product of its own."""

    product_id: int
    variant_id: int
    inventory_item_id: int
    title: str
    handle: str
    description: str
    vendor: str  # the brand
    product_type: str  # the category's leaf, e.g. "Laptops"
    department: str  # the category's parent, e.g. "Computers"; exported as a tag "department:Computers"
    status: str  # ACTIVE | DRAFT | ARCHIVED
    sku: str
    barcode: str | None
    price: Decimal  # in the shop's currency, without tax
    compare_at_price: Decimal | None
    unit_cost: Decimal
    stock: dict[int, int]  # location id -> units available
    rating: Decimal | None  # 1.0 to 5.0
    rating_count: int
    attributes: dict[str, str]  # e.g. {"screen_size": "15.6", "ram": "16 GB"}; metafields of namespace "specs"
    image_url: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Location:
    location_id: int
    name: str
    city: str
    country_code: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Customer:
    customer_id: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    country_code: str
    city: str
    postal_code: str
    address: str
    accepts_marketing: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Amounts are in the order's (presentment) currency; the shop's is amount / order.exchange_rate, to the cent."""

    line_id: int
    product_id: int
    variant_id: int
    sku: str
    title: str
    vendor: str
    quantity: int
    unit_price: Decimal
    discount: Decimal  # of the whole line
    tax: Decimal  # of the whole line


@dataclass(frozen=True, slots=True)
class RefundLine:
    refund_line_id: int
    line_id: int
    quantity: int
    subtotal: Decimal  # without tax, after the line's discount, for this quantity
    tax: Decimal
    restock: bool


@dataclass(frozen=True, slots=True)
class Refund:
    refund_id: int
    created_at: datetime
    note: str
    lines: tuple[RefundLine, ...]


@dataclass(frozen=True, slots=True)
class Order:
    order_id: int
    number: int  # shown as "#1001"
    customer_id: int | None
    currency: str  # presentment currency, what the customer paid in
    exchange_rate: Decimal  # units of `currency` for one unit of the shop's currency on that day
    country_code: str
    created_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    cancel_reason: str | None
    financial_status: str  # PAID | PARTIALLY_REFUNDED | REFUNDED | PENDING | VOIDED
    discount_code: str | None
    shipping: Decimal
    source_name: str  # "web" | "pos" | "mobile"
    lines: tuple[OrderLine, ...]
    refunds: tuple[Refund, ...] = ()
    tags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Discount:
    """A code that takes a share off every line: one discount of the shop with its only code."""

    discount_id: int  # the discount's, and its price rule's
    code_id: int
    code: str
    share: Decimal  # 0.10 is ten per cent
    usage_count: int
    sales: Decimal  # of the orders that used it, in the shop's currency
    starts_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout that was begun and, while `completed_at` is None, abandoned. `priced` is the order it would be."""

    checkout_id: int
    priced: Order
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
