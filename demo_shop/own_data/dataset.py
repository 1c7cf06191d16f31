"""A shop from the catalogues and clickstreams in a folder.

What the data does not contain (ratings, stock, costs, customers, refunds) is generated from the seed.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from demo_shop.content.aftersales import aftermath
from demo_shop.content.customers import CUSTOMER_COUNT, generate_customers
from demo_shop.content.pricing import pricing_on
from demo_shop.own_data.catalogue_file import read_catalogue
from demo_shop.own_data.clickstream_file import Click, products_of, read_clickstream
from demo_shop.own_data.files import DataFiles, find_data_files
from demo_shop.own_data.products import is_believable, with_believable_prices
from demo_shop.store import checkout
from demo_shop.store.ids import IdCounter, NewId
from demo_shop.store.model import Customer, Order, Product
from demo_shop.traffic.messages import Browser, Message, order_properties
from demo_shop.traffic.visitors import Visitor, make_visitor

SHOWN_PROBLEMS = 5


class Dataset:
    """The data below `directory`. Iterate once for the messages; `orders` is complete at the end of the iteration.

    `notes` are sentences on what was read, ignored, left out and corrected, for the person who brought the data.
    Raises ValueError when the folder contains neither a catalogue nor a clickstream.
    """

    def __init__(self, directory: Path, seed: int, end: datetime, customer_count: int = CUSTOMER_COUNT) -> None:
        files = find_data_files(directory)
        self.notes: list[str] = []
        self.orders: list[Order] = []
        self._seed, self._end = seed, end
        self._clicks = self._read_clicks(files)
        self._buys = Counter(click.session for click in self._clicks if click.event == "Order Completed")
        self.products = self._make_products(files)
        self.customers = generate_customers(seed, end, customer_count)
        self._by_id = {product.product_id: product for product in self.products}
        self._categories = {product.product_id: product.product_type for product in self.products}
        self.notes += [f"{path} ignored: {reason}" for path, reason in files.ignored.items()]

    def __iter__(self) -> Iterator[Message]:
        """One message per row of the clickstreams, in time order. All times are moved so that the last one is `end`."""
        if not self._clicks:
            return
        shift = self._end - self._clicks[-1].at
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
            path = f"/orders/{order.order_id}"
            yield browser.track("Order Completed", at, path, "Thank you", order_properties(order, self._categories))

    def _read_clicks(self, files: DataFiles) -> list[Click]:
        clicks: list[Click] = []
        problems: list[str] = []
        for path in files.clickstreams:
            before = len(clicks)
            for row in read_clickstream(path):
                if isinstance(row, str):
                    problems.append(row)
                else:
                    clicks.append(row)
            self.notes.append(f"{path}: {len(clicks) - before:,} events")
        self._note_problems(problems)
        return sorted(clicks, key=lambda click: click.at)

    def _make_products(self, files: DataFiles) -> list[Product]:
        products: dict[int, Product] = {}
        problems: list[str] = []
        for path in files.catalogues:
            before = len(products)
            for line in read_catalogue(path, self._seed, self._end):
                if isinstance(line, str):
                    problems.append(line)
                else:
                    products[line.product_id] = line
            self.notes.append(f"{path}: {len(products) - before:,} products")
        clicked = products_of(self._clicks, self._seed, self._end)
        if clicked:
            self.notes.append(f"{len(clicked):,} products made from the clickstream")
        self._note_problems(problems)
        believable, corrected = with_believable_prices([*products.values(), *clicked])
        if corrected:
            self.notes.append(f"{corrected:,} unbelievable prices were replaced by the median of their category")
        return believable

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
        customer = next(buyers) if self._buys[session] else None
        visitor = make_visitor(f"{self._seed} session {session}", {"": 1.0}, customer)
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
