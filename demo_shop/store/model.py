"""The demo shop's entities: what the generators make, the store keeps and the APIs answer with.

Money is a `Decimal` in the smallest unit of the currency its comment names. Times are timezone-aware UTC datetimes.
Ids are Shopify's plain integers (the `legacyResourceId`), never GIDs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its only variant: in an electronics shop each colour or size is a product of its own."""

    product_id: int
    variant_id: int
    inventory_item_id: int
    title: str
    handle: str
    description: str
    vendor: str  # the brand
    product_type: str  # the category's leaf, e.g. "Laptops"
    department: str  # the category's parent, e.g. "Computers"
    status: str  # ACTIVE | DRAFT | ARCHIVED
    sku: str
    barcode: str | None
    price: Decimal  # in the shop's currency, without tax
    compare_at_price: Decimal | None  # the price before a reduction
    unit_cost: Decimal
    stock: dict[int, int]  # location id -> units available
    rating: Decimal | None  # 1.0 to 5.0
    rating_count: int
    attributes: dict[str, str]  # e.g. {"screen_size": "15.6", "ram": "16 GB"}; metafields of namespace "specs"
    image_url: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags the APIs show, e.g. ("department:Computers",)."""
        return (f"department:{self.department}",)

    @property
    def inventory_policy(self) -> str:
        """DENY, or CONTINUE for the tenth of the products that go on selling when there is no unit left."""
        return "CONTINUE" if self.product_id % 10 == 3 else "DENY"

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be bought: there are units, or it goes on selling without."""
        return self.status == "ACTIVE" and (self.is_in_stock or self.inventory_policy == "CONTINUE")

    @property
    def units(self) -> int:
        """Units at all locations together; below zero when more was sold than there was."""
        return sum(self.stock.values())

    @property
    def is_in_stock(self) -> bool:
        """Whether any location has a unit to sell."""
        return any(units > 0 for units in self.stock.values())


@dataclass(frozen=True, slots=True)
class Location:
    """A warehouse or a shop with stock."""

    location_id: int
    name: str
    city: str
    country_code: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Customer:
    """A registered customer with their only address."""

    customer_id: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    country_code: str
    city: str
    postal_code: str
    address: str  # street and number
    accepts_marketing: bool
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One product of an order. Amounts are in the order's (presentment) currency; see amounts.py for the shop's."""

    line_id: int
    product_id: int | None  # None: a tip
    variant_id: int | None
    sku: str
    title: str
    vendor: str
    quantity: int
    unit_price: Decimal  # before discount, without tax
    discount: Decimal  # of all units
    tax: Decimal  # of all units
    kind: str = "product"  # "product" | "gift_card" | "tip"
    shares: tuple[Decimal, ...] = ()  # of the discount, by the order's `discounts`; none: the first has all

    @property
    def net(self) -> Decimal:
        """What all units cost after the discount; without tax, unless the order's prices contain it."""
        return self.unit_price * self.quantity - self.discount


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Units of one order line that came back. Amounts are in the order's currency."""

    refund_line_id: int
    line_id: int
    quantity: int
    subtotal: Decimal  # for this quantity, after the line's discount, without tax
    tax: Decimal
    restock: bool  # whether the units can be sold again


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for some units of an order, at one time."""

    refund_id: int
    created_at: datetime
    note: str
    lines: tuple[RefundLine, ...]
    goodwill: Decimal = Decimal(0)  # given back without a line, in the order's currency
    shipping: Decimal = Decimal(0)  # of the delivery, in the order's currency


@dataclass(frozen=True, slots=True)
class AppliedDiscount:
    """A discount of an order that has several, or none of whose lines says what it was."""

    kind: str  # "discount_code" | "automatic"
    name: str  # the code, or the title


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its lines and refunds. Amounts are in `currency`."""

    order_id: int
    number: int  # counts from 1001
    customer_id: int | None  # None: a guest
    currency: str  # presentment currency: the one the customer paid in
    exchange_rate: Decimal  # units of `currency` for one unit of the shop's currency on that day
    country_code: str  # ISO 3166; decides the tax
    created_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    cancel_reason: str | None  # "customer" | "inventory" | "fraud" | "other"
    financial_status: str  # PAID | PARTIALLY_REFUNDED | REFUNDED | PENDING | VOIDED
    discount_code: str | None
    shipping: Decimal
    source_name: str  # "web" | "pos" | "mobile"
    lines: tuple[OrderLine, ...]
    refunds: tuple[Refund, ...] = ()
    tags: tuple[str, ...] = field(default=())
    # what the hard shop's orders have besides
    processed_at: datetime | None = None  # when an imported order was placed; created_at is its import
    book_currency: str | None = None  # the shop's currency of that time; None: that of its profile
    has_taxes_included: bool = False
    discounts: tuple[AppliedDiscount, ...] = ()
    shipping_discount: Decimal = Decimal(0)  # of the last of `discounts`
    duties: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    gift_card_paid: Decimal = Decimal(0)
    is_test: bool = False

    @property
    def placed_at(self) -> datetime:
        """When the customer placed it."""
        return self.processed_at or self.created_at

    @property
    def name(self) -> str:
        """The number as customers see it, e.g. "#1001"."""
        return f"#{self.number}"

    def line(self, line_id: int) -> OrderLine:
        """The line with this id. Raises KeyError when the order has no such line."""
        for line in self.lines:
            if line.line_id == line_id:
                return line
        raise KeyError(f"order {self.order_id} has no line {line_id}")


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount with its only code, which takes a share off every line."""

    discount_id: int  # also the id of its price rule
    code_id: int
    code: str
    share: Decimal  # 0.10 is ten per cent
    usage_count: int  # orders that used the code
    sales: Decimal  # subtotals of those orders, in the shop's currency
    starts_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout that was begun; an abandoned one while `completed_at` is None."""

    checkout_id: int
    priced: Order  # the order it would have become
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
