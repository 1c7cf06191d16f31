"""A shop from the catalogues, clickstreams and orders in a folder.

What the data does not contain (ratings, stock, costs, customers, refunds) is generated from the seed.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from demo_shop.content.aftersales import aftermath
from demo_shop.content.customers import CUSTOMER_COUNT, generate_customers
from demo_shop.content.pricing import pricing_on
from demo_shop.own_data.catalogue_file import read_catalogue
from demo_shop.own_data.clickstream_file import Click, products_of, read_clickstream
from demo_shop.own_data.files import DataFiles, find_data_files
from demo_shop.own_data.orders_file import read_orders
from demo_shop.own_data.past_orders import customers_of, orders_of, products_of_orders
from demo_shop.own_data.product_ids import product_id
from demo_shop.own_data.products import is_believable, with_believable_prices
from demo_shop.own_data.table import READ_ERRORS
from demo_shop.store import checkout
from demo_shop.store.ids import IdCounter, NewId
from demo_shop.store.model import Customer, Order, Product
from demo_shop.traffic.messages import Browser, Message, order_properties
from demo_shop.traffic.visitors import Visitor, make_visitor

SHOWN_PROBLEMS = 5
Row = TypeVar("Row")


class Dataset:
    """The data below `directory`. Iterate once for the messages; `orders` is complete at the end of the iteration.

    `notes` are sentences on what was read, ignored, left out and corrected, for the person who brought the data.
    With an orders file its orders are the shop's, and purchases of the clickstream make none. Raises ValueError when
    the folder contains no file of any kind.
    """

    def __init__(self, directory: Path, seed: int, end: datetime, customer_count: int = CUSTOMER_COUNT) -> None:
        files = find_data_files(directory)
        self.notes: list[str] = []
        self.orders: list[Order] = []
        self._seed, self._end = seed, end
        self._lines = self._read(files.orders, read_orders, "order lines")
        self._clicks = sorted(self._read(files.clickstreams, read_clickstream, "events"), key=lambda click: click.at)
        if self._lines:
            self._leave_purchases_out()
        self._buys = Counter(click.session for click in self._clicks if click.event == "Order Completed")
        self.products = self._make_products(files)
        times = [*(click.at for click in self._clicks), *(line.at for line in self._lines)]
        last = max(times, default=end)
        self._shift = end - last
        self._buyer_of = customers_of(self._lines, seed, self._shift)
        self.customers = [*self._buyer_of.values()] or generate_customers(seed, end, customer_count)
        self._by_id = {product.product_id: product for product in self.products}
        self._categories = {product.product_id: product.product_type for product in self.products}
        self.notes += [f"{path} ignored: {reason}" for path, reason in files.ignored.items()]

    def __iter__(self) -> Iterator[Message]:
        """The messages in time order, all moved so that the last row is `end`: one per row of the clickstreams, and an
        Order Completed per order of the orders files.
        """
        yield from heapq.merge(self._of_clicks(), self._of_orders(), key=lambda message: message["originalTimestamp"])

    def _of_clicks(self) -> Iterator[Message]:
        if not self._clicks:
            return
        shift = self._shift
        rng = random.Random(f"dataset {self._seed}")
        new_id = IdCounter()
        buyers = self._buyers(self._clicks[0].at + shift, rng)
        browsers: dict[str, tuple[Browser, Visitor]] = {}
        for click in self._clicks:
            at = click.at + shift
            if click.session not in browsers:
                visitor = self._visitor(click.session, buyers)
                browsers[click.session] = (Browser(visitor, rng, click.session), visitor)
            browser, visitor = browsers[click.session]
            product = self._by_id[click.product_id]
            if is_believable(click.price):
                product = replace(product, price=click.price)
            if click.event != "Order Completed":
                yield browser.on_product(click.event, at, product)
                continue
            order = self._order(product, visitor, at, new_id)
            self.orders.append(aftermath(order, new_id, rng, self._end))
            browser.sign_in()
            yield self._completed(browser, order)

    def _of_orders(self) -> Iterator[Message]:
        rng = random.Random(f"orders {self._seed}")
        by_number = {customer.customer_id: customer for customer in self.customers}
        for order in orders_of(self._lines, self._by_id, self._buyer_of, IdCounter(), self._shift):
            self.orders.append(order)
            visitor = self._shopper(f"order {order.order_id}", by_number.get(order.customer_id or 0))
            visitor = replace(visitor, currency=order.currency, exchange_rate=order.exchange_rate)
            browser = Browser(visitor, rng, f"order-{order.order_id}")
            browser.sign_in()
            yield self._completed(browser, order)

    def _completed(self, browser: Browser, order: Order) -> Message:
        path, properties = f"/orders/{order.order_id}", order_properties(order, self._categories)
        return browser.track("Order Completed", order.created_at, path, "Thank you", properties)

    def _read(self, paths: list[Path], read: Callable[[Path], Iterator[Row | str]], noun: str) -> list[Row]:
        rows: list[Row] = []
        problems: list[str] = []
        for path in paths:
            before = len(rows)
            try:
                for row in read(path):
                    if isinstance(row, str):
                        problems.append(row)
                    else:
                        rows.append(row)
            except READ_ERRORS as error:
                problems.append(f"{path.name} breaks off: {error}")
            self.notes.append(f"{path}: {len(rows) - before:,} {noun}")
        self._note_problems(problems)
        return rows

    def _leave_purchases_out(self) -> None:
        kept = [click for click in self._clicks if click.event != "Order Completed"]
        if len(kept) < len(self._clicks):
            left_out = len(self._clicks) - len(kept)
            self.notes.append(f"{left_out:,} purchases of the clickstream left out: the orders file has the orders")
        self._clicks = kept

    def _make_products(self, files: DataFiles) -> list[Product]:
        def read(path: Path) -> Iterator[Product | str]:
            return read_catalogue(path, self._seed, self._end)

        # of two lines with one id the later counts
        products = {product.product_id: product for product in self._read(files.catalogues, read, "products")}
        ordered = products_of_orders(self._lines, products, self._seed, self._end)
        products |= {product.product_id: product for product in ordered}
        self._clicks = [self._meet(click, products) for click in self._clicks]
        unknown = [click for click in self._clicks if click.product_id not in products]
        clicked = products_of(unknown, self._seed, self._end)
        for made, origin in ((ordered, "orders"), (clicked, "clickstream")):
            if made:
                self.notes.append(f"{len(made):,} products made from the {origin}")
        believable, corrected = with_believable_prices([*products.values(), *clicked])
        if corrected:
            self.notes.append(f"{corrected:,} unbelievable prices were replaced by the median of their category")
        return believable

    @staticmethod
    def _meet(click: Click, products: dict[int, Product]) -> Click:
        """The click on the catalogue's product, where that has the same id."""
        known = product_id("catalogue", click.source_id)
        return replace(click, product_id=known) if known in products else click

    def _note_problems(self, problems: list[str]) -> None:
        self.notes += problems[:SHOWN_PROBLEMS]
        if len(problems) > SHOWN_PROBLEMS:
            self.notes.append(f"... and {len(problems) - SHOWN_PROBLEMS:,} more lines left out")

    def _buyers(self, first: datetime, rng: random.Random) -> Iterator[Customer | None]:
        """Customers for the sessions that buy, without end: those registered before the first row, in random order."""
        known = [customer for customer in self.customers if customer.created_at < first]
        rng.shuffle(known)
        return itertools.cycle(known or [None])

    def _visitor(self, session: str, buyers: Iterator[Customer | None]) -> Visitor:
        """The session's visitor: a customer when the session buys, else a stranger. Both pay in the shop's currency."""
        return self._shopper(f"session {session}", next(buyers) if self._buys[session] else None)

    def _shopper(self, name: str, customer: Customer | None) -> Visitor:
        visitor = make_visitor(f"{self._seed} {name}", {"": 1.0}, customer)
        return replace(visitor, currency="EUR", exchange_rate=Decimal(1))

    def _order(self, product: Product, visitor: Visitor, at: datetime, new_id: NewId) -> Order:
        return checkout.build_order(
            [(product, 1)],
            new_id=new_id,
            pricing=pricing_on(at.date()),
            at=at,
            customer_id=visitor.customer.customer_id if visitor.customer else None,
            country_code=visitor.country_code,
        )
