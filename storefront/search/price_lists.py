"""Prices beside the shop's own: of another currency, as Shopify's markets have them, or of a customer group of Magento.

The lists of `COMPTOIR_PRICE_LISTS` are in the index, each a field of its own: a search in one filters, sorts and counts
by its prices. A product without a price in a currency has none there; a group without one pays the ordinary price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

OWN = ""  # the shop's own prices are the list without a name

Product = Mapping[str, Any]
Price = dict[str, Any]  # price, compare_at_price, currency


def price_field(price_list: str = OWN) -> str:
    """The field of the index that a list's prices are in."""
    return f"price_{price_list}" if price_list else "price"


def prices_of(product: Product, price_lists: Iterable[str]) -> dict[str, Price]:
    """A product's price in each of the lists: a row with the columns of `products.PRODUCTS_QUERY`."""
    known: Mapping[str, Mapping[str, Any]] = product.get("price_lists") or {}
    found = {}
    for name in price_lists:
        own = {"price": product["price_amount"], "compare_at_price": product["compare_at_amount"]}
        # a currency is told with its prices; a group pays in the shop's currency
        listed = known.get(name) or (own if name.isdigit() or name == product["currency"] else {})
        if listed.get("price") is not None:
            found[name] = {
                "price": float(listed["price"]),
                "compare_at_price": _number(listed.get("compare_at_price")),
                "currency": listed.get("currency") or product["currency"],
            }
    return found


def priced(card: dict[str, Any], price_list: str) -> dict[str, Any]:
    """A card of the index as it is shown: with its price in one of the lists, and without the others."""
    prices: Mapping[str, Price] = card.pop("price_lists", {})
    if price_list:
        card |= prices.get(price_list) or {"price": None, "compare_at_price": None}
    return card


def _number(amount: Any) -> float | None:
    return None if amount is None else float(amount)
