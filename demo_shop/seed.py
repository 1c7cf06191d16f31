"""Fills the demo shop once: products, customers and orders in its store, the messages of past visits in a file.

Run by `python -m demo_shop.seed [--data DIR]`. `make demo` calls `seed_shop` and then sends `history_of`.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from comptoir.settings import Settings, get_settings
from demo_shop.content.aftersales import abandoned
from demo_shop.content.catalogue import generate_products, locations
from demo_shop.content.customers import generate_customers
from demo_shop.content.hard_money import HARD_PRICING, in_yen
from demo_shop.content.hard_orders import hard_past
from demo_shop.content.pricing import pricing_on
from demo_shop.own_data.dataset import Dataset
from demo_shop.store.store import STORE_FILE, Store
from demo_shop.traffic.history import History, Size
from demo_shop.traffic.messages import Message
from demo_shop.traffic.noise import with_noise

HARD_DAYS = 90
# the hard shop's orders are its own: its visitors look and put into the cart, and no browser tells of an order
TOLD_OF_ORDERS = ("Order Completed", "Order Refunded")


def is_seeded(settings: Settings) -> bool:
    """Whether the shop is filled. The history file is written last."""
    return _history_file(settings).exists()


def seed_shop(settings: Settings, data: Path | None, *, end: datetime, size: Size | None = None) -> Iterator[str]:
    """Fill the shop as of `end`, generated from settings.demo_seed or made from the data in the folder `data`.

    Yields sentences on what was done. Raises ValueError when `data` contains neither a catalogue nor a clickstream.
    """
    began = time.monotonic()
    seed = settings.demo_seed
    past: Dataset | History
    if data:
        past = Dataset(data, seed, end)
        yield from past.notes
        products, customers, messages = past.products, past.customers, iter(past)
    else:
        products, customers = generate_products(seed, end), generate_customers(seed, end)
        past = History(products, customers, seed, end, size)
        messages = with_noise(past, seed)
        if settings.demo_kind == "hard":
            products = [in_yen(product) for product in products]
            messages = (message for message in messages if message.get("event") not in TOLD_OF_ORDERS)
    settings.demo_shop_dir.mkdir(parents=True, exist_ok=True)
    unfinished = _history_file(settings).with_suffix(".part")
    count = _write(messages, unfinished)
    store = Store(_store_file(settings))
    store.save_locations(locations())
    store.save_products(products)
    store.save_customers(customers)
    if settings.demo_kind == "hard" and not data:
        sold = [product for product in products if product.status == "ACTIVE"]
        orders = hard_past(sold, customers, seed, end, HARD_DAYS, settings.shop_platform).orders
        pricing = HARD_PRICING
    else:
        orders, pricing = past.orders, pricing_on(end.date())
    store.save_orders(orders)
    store.save_pricing(pricing, at=min((order.created_at for order in orders), default=end))
    store.count_use(orders)
    store.save_checkouts(abandoned(orders))
    store.close()
    unfinished.rename(_history_file(settings))
    yield (
        f"{len(products):,} products, {len(customers):,} customers, {len(orders):,} orders "
        f"and {count:,} messages in {time.monotonic() - began:.0f} s"
    )


def history_of(settings: Settings) -> Iterator[Message]:
    """The messages of past visits as they arrive. Raises FileNotFoundError when the shop is not filled."""
    with gzip.open(_history_file(settings), "rb") as lines:
        yield from map(msgspec.json.decode, lines)


def _write(messages: Iterable[Message], path: Path) -> int:
    count = 0
    with gzip.open(path, "wb", compresslevel=1) as file:
        for message in messages:
            file.write(msgspec.json.encode(message) + b"\n")
            count += 1
    return count


def _history_file(settings: Settings) -> Path:
    return settings.demo_shop_dir / "history.jsonl.gz"


def _store_file(settings: Settings) -> Path:
    return settings.demo_shop_dir / STORE_FILE


def main(
    data: Annotated[Path | None, typer.Option(help="A folder with your own catalogue and clickstream.")] = None,
) -> None:
    """Fill the demo shop, unless it is already filled."""
    settings = get_settings()
    if is_seeded(settings):
        typer.echo(f"The demo shop in {settings.demo_shop_dir} is already filled.")
        return
    for line in seed_shop(settings, data, end=datetime.now(UTC)):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
