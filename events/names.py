"""Names of track events as they stand in real shops: in any case, with spaces around, or from before Segment's V2.

Source of the older names: Segment's "E-Commerce Spec V1", which V2 replaced.
"""

from __future__ import annotations

from events.ecommerce import TRACK_PROPERTIES

# name of before -> name of V2
OLDER_NAMES = {
    "Searched Products": "Products Searched",
    "Viewed Product Category": "Product List Viewed",
    "Viewed Product List": "Product List Viewed",
    "Filtered Product List": "Product List Filtered",
    "Clicked Product": "Product Clicked",
    "Viewed Product": "Product Viewed",
    "Added Product": "Product Added",
    "Removed Product": "Product Removed",
    "Viewed Cart": "Cart Viewed",
    "Started Checkout": "Checkout Started",
    "Started Order": "Checkout Started",
    "Viewed Checkout Step": "Checkout Step Viewed",
    "Completed Checkout Step": "Checkout Step Completed",
    "Entered Payment Info": "Payment Info Entered",
    "Completed Order": "Order Completed",
    "Refunded Order": "Order Refunded",
    "Applied Coupon": "Coupon Applied",
}
_BY_LOWER_NAME = {name.lower(): name for name in TRACK_PROPERTIES} | {
    older.lower(): name for older, name in OLDER_NAMES.items()
}


def contract_name(name: str) -> str:
    """The contract's name of an event that a client calls `name`; a name that is none of them stays as it is."""
    if name in TRACK_PROPERTIES:
        return name
    return _BY_LOWER_NAME.get(" ".join(name.split()).lower(), name)
