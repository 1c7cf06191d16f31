"""The sentence shown with a recommended product: the reason, in words that make sense to the shopper."""

from __future__ import annotations

from collections.abc import Callable

from recommendations.session_counts import ProductEvent

SEEN = "You looked at this recently"

Title = Callable[[str], str | None]  # product id -> title, None = unknown


def popular_in(category: str) -> str:
    """The reason of a trending product; '' = the shop."""
    return f"Popular in {category}" if category else "Popular right now"


def seen_with(title: str | None, kind: str) -> str:
    """The reason of a neighbour of the product called `title`; `kind` ("similar", "together") as in neighbour_lists."""
    verb = "bought" if kind == "together" else "viewed"
    return f"Often {verb} with {_short(title)}" if title else f"Often {verb} together"


def goes_with(event: ProductEvent, title: Title) -> str:
    """The reason of a product that others looked at in the same session as the event's product."""
    name = title(event.product_id)
    verb = {"view": "viewed", "cart": "chosen", "purchase": "bought"}[event.kind]
    return f"Often {verb} with {_short(name)}" if name else f"Goes with what you {_DID[event.kind]}"


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
