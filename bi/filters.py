"""Columns of marts by which pages are filtered, and what stands for a page's choices in its address."""

from __future__ import annotations

# by column, what readers call it
FILTERS = {
    "category": "Category",
    "brand": "Brand",
    "product_id": "Product",
    "device_type": "Device",
    "channel": "Channel",
    "country_code": "Country",
    "source_name": "Sales channel",
    "recommendation_slot": "Slot",
    "algorithm": "Algorithm",
}
# what a page has controls for; filters of other pages are kept in its address and narrow nothing
PAGE_FILTERS: dict[str, tuple[str, ...]] = {
    "sales": ("category", "country_code", "source_name"),
    "behaviour": ("device_type", "channel"),
    "products": ("category", "brand", "product_id"),
    "customers": ("country_code",),
    "search": (),
    "recommendations": ("recommendation_slot", "algorithm"),
    "operations": (),
}
# all that an address can hold
NAMES = ("period", "first_day", "last_day", "comparison", "currency", "language", *FILTERS)
