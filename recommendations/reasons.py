"""The sentence shown with a recommended product: the reason, in words that make sense to the shopper.

A sentence says no more than what was counted.
"""

from __future__ import annotations

from collections.abc import Callable

from recommendations.session_counts import ProductEvent

SEEN = "You looked at this recently"
OFTEN = 2  # sessions in which both products were bought

Title = Callable[[str], str | None]  # product id -> title, None = unknown


def popular_in(category: str) -> str:
    """The reason of a trending product; '' = the shop."""
    return f"Popular in {category}" if category else "Popular right now"


def viewed_with(title: str | None) -> str:
    """The reason of a product that others looked at in one session with the product called `title`; None = unknown."""
    return f"Also viewed with {_short(title)}" if title else "Also viewed with it"


def chosen_with(title: str | None, bought: int = 0) -> str:
    """The reason of a product that others put into the cart or bought in one session with the one called `title`.

    `bought`: in how many sessions both were bought. Once may be chance, so it takes `OFTEN` to say so.
    """
    what = "Often bought" if bought >= OFTEN else "Chosen"
    return f"{what} with {_short(title)}" if title else f"{what} together"


def goes_with(event: ProductEvent, title: Title) -> str:
    """The reason of a product that others looked at in the same session as the event's product."""
    name = title(event.product_id)
    return viewed_with(name) if name else f"Also viewed with what you {_DID[event.kind]}"


def also_from(brand: str) -> str:
    """The reason of a product whose brand is that of the product on screen."""
    return f"Also from {brand}"


def priced_like(event: ProductEvent, title: Title) -> str:
    """The reason of a product of the same category and a similar price as the event's product."""
    name = title(event.product_id)
    return f"Priced like {_short(name)}" if name else "Priced like what you look at now"


_DID = {"view": "looked at", "cart": "put in your cart", "purchase": "bought"}


def _short(title: str, length: int = 60) -> str:
    return title if len(title) <= length else title[: length - 1].rstrip(" ,-") + "…"
