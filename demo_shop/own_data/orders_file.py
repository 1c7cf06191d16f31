"""Reads an orders file: one record per order line, the order's own fields repeated (docs/bring-your-data.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from pathlib import Path

from comptoir.currencies import currency_digits
from demo_shop.own_data.prices import read_price
from demo_shop.own_data.table import Record, records_of

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of the file. Amounts are in `currency`; `price` is of one unit, `discount` and `tax` of all."""

    order: str
    at: datetime  # UTC
    product: str
    quantity: int
    price: Decimal
    discount: Decimal
    tax: Decimal
    shipping: Decimal  # of the order; the largest of its lines counts
    currency: str
    rate: Decimal | None  # units of `currency` for one unit of the shop's
    customer: str  # empty: a guest
    email: str
    country: str
    discount_code: str | None
    title: str
    brand: str
    category: str


def read_orders(path: Path) -> Iterator[FileLine | str]:
    """The file's lines in its order. An invalid line is a sentence instead, with its number and the reason."""
    currencies: dict[str, str] = {}  # of each order: sums over two would mean nothing
    for number, record in records_of(path):
        try:
            line = _line(record)
            if (currency := currencies.setdefault(line.order, line.currency)) != line.currency:
                raise ValueError(f"order {line.order} is in {currency}, this line in {line.currency}")
            yield line
        except ValueError as error:
            yield f"{path.name} line {number} left out: {error}"


def number_of(text: str) -> int:
    """A number in a range of its own for any id of an order or customer, always the same."""
    if text.isascii() and text.isdigit() and len(text) <= 12 and str(int(text)) == text:
        return 20_000_000_000_000 + int(text)
    return 21_000_000_000_000 + int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) % 10**12


def _line(record: Record | str) -> FileLine:
    if isinstance(record, str):
        raise ValueError(record)

    def text(field: str) -> str:
        return str(record.get(field) if record.get(field) is not None else "").strip()

    def amount(field: str) -> Decimal:
        if not text(field):
            return NOTHING
        read = read_price(text(field), max(2, currency_digits(currency)))
        if not read.is_finite() or read < 0:
            raise ValueError(f"{field} {text(field)!r} is no amount")
        return read

    for field in ("order_id", "product_id", "price"):
        if not text(field):
            raise ValueError(f"no {field}")
    quantity = text("quantity").removesuffix(".0")
    if not quantity.isascii() or not quantity.isdigit() or not 0 < int(quantity) < 1_000_000:
        raise ValueError(f"quantity {text('quantity')!r} is no number of units")
    try:
        at = datetime.fromisoformat(text("ordered_at").removesuffix(" UTC"))
    except ValueError:
        raise ValueError(f"ordered_at {text('ordered_at')!r} is no time like 2021-01-02 10:00") from None
    currency = (text("currency") or "EUR").upper()
    if len(currency) != 3 or not currency.isalpha():
        raise ValueError(f"currency {text('currency')!r} is no code of three letters")
    line = FileLine(
        order=text("order_id"),
        at=at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC),
        product=text("product_id"),
        quantity=int(quantity),
        price=amount("price"),
        discount=amount("discount"),
        tax=amount("tax"),
        shipping=amount("shipping"),
        currency=currency,
        rate=_rate(text("exchange_rate")),
        customer=text("customer_id") or text("customer_email"),
        email=text("customer_email"),
        country=(text("country") or "FR").upper()[:2],
        discount_code=text("discount_code") or None,
        title=text("title"),
        brand=text("brand"),
        category=text("category"),
    )
    if line.discount > line.price * line.quantity:
        raise ValueError(f"discount {line.discount} is more than the line costs")
    return line


def _rate(text: str) -> Decimal | None:
    try:
        rate = Decimal(text.replace(",", ".")) if text else None
    except InvalidOperation:
        raise ValueError(f"exchange_rate {text!r} is no number") from None
    if rate is not None and not (rate.is_finite() and rate > 0):
        raise ValueError(f"exchange_rate {text!r} is no rate")
    return rate
