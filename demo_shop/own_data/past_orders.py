"""Orders and customers of the demo shop from the lines of an orders file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from demo_shop.content.customers import generate_customers
from demo_shop.content.pricing import exchange_rate
from demo_shop.own_data.orders_file import FileLine, number_of
from demo_shop.own_data.product_ids import product_id
from demo_shop.own_data.products import complete_product
from demo_shop.store.ids import NewId
from demo_shop.store.model import Customer, Order, OrderLine, Product


def products_of_orders(
    lines: Iterable[FileLine], known: Mapping[int, Product], seed: int, end: datetime
) -> list[Product]:
    """A product for each id that is in no catalogue, as the newest line that has it says."""
    newest: dict[str, FileLine] = {}
    for line in lines:
        if product_id("catalogue", line.product) not in known:
            newest[line.product] = line
    return [
        complete_product(
            product_id("catalogue", source_id),
            line.title or f"Product {source_id}",
            line.brand,
            line.category,
            "",
            _in_shop_currency(line),
            seed,
            end,
        )
        for source_id, line in newest.items()
    ]


def customers_of(lines: Iterable[FileLine], seed: int, shift: timedelta) -> dict[str, Customer]:
    """The file's customers by its own ids, each registered with the first order; names and addresses are generated."""
    first: dict[str, FileLine] = {}
    for line in sorted(lines, key=lambda line: line.at):
        if line.customer:
            first.setdefault(line.customer, line)
    customers = {}
    for name, line in first.items():
        at = (line.at + shift).replace(microsecond=0)
        (customer,) = generate_customers(seed + number_of(name) % 10**6, at, 1)
        customers[name] = replace(
            customer,
            customer_id=number_of(name),
            email=line.email or f"customer-{number_of(name)}@example.org",
            country_code=line.country,
            created_at=at,
            updated_at=at,
        )
    return customers


def orders_of(
    lines: Iterable[FileLine],
    products: Mapping[int, Product],
    customers: Mapping[str, Customer],
    new_id: NewId,
    shift: timedelta,
) -> list[Order]:
    """One order for each of the file's order ids, in time order, with the file's amounts to the cent."""
    of_order: dict[str, list[FileLine]] = defaultdict(list)
    for line in lines:
        of_order[line.order].append(line)
    orders = []
    for name, its_lines in sorted(of_order.items(), key=lambda item: item[1][0].at):
        first = its_lines[0]
        at = first.at + shift
        customer = customers.get(first.customer)
        orders.append(
            Order(
                order_id=number_of(name),
                number=new_id("order_number"),
                customer_id=customer.customer_id if customer else None,
                currency=first.currency,
                exchange_rate=_rate(first),
                country_code=first.country,
                created_at=at,
                updated_at=at,
                cancelled_at=None,
                cancel_reason=None,
                financial_status="PAID",
                discount_code=first.discount_code,
                shipping=max(line.shipping for line in its_lines),
                source_name="web",
                lines=tuple(_line(line, products, new_id) for line in its_lines),
            )
        )
    return orders


def _line(line: FileLine, products: Mapping[int, Product], new_id: NewId) -> OrderLine:
    product = products[product_id("catalogue", line.product)]
    return OrderLine(
        line_id=new_id("line"),
        product_id=product.product_id,
        variant_id=product.variant_id,
        sku=product.sku,
        title=line.title or product.title,
        vendor=product.vendor,
        quantity=line.quantity,
        unit_price=line.price,
        discount=line.discount,
        tax=line.tax,
    )


def _rate(line: FileLine) -> Decimal:
    if line.rate is not None:
        return line.rate
    if line.currency == "EUR":
        return Decimal(1)
    try:
        return exchange_rate(line.currency, line.at.date())
    except KeyError:
        return Decimal(1)


def _in_shop_currency(line: FileLine) -> Decimal:
    return (line.price / _rate(line)).quantize(Decimal("0.01"))
