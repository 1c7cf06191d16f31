"""Attributes whose values are numbers of one unit: the range they span, and the values within a range."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from storefront.search.units import plain_number

_QUANTITY = re.compile(r"\s*(\d+(?:[.,]\d+)*)\s*([^\d\s,;/(]*)")
_LARGER = {"tb": ("gb", 1000.0), "gb": ("gb", 1.0), "mb": ("gb", 0.001)}  # memory is compared across its units
MOSTLY = 0.8  # of the values have to be numbers of one unit


@lru_cache(maxsize=50_000)
def number_of(value: str) -> tuple[float, str] | None:
    """The number that a value begins with, and its unit ("1 TB SSD" is 1000 gb); None when it begins otherwise."""
    found = _QUANTITY.match(value)
    if not found:
        return None
    base, factor = _LARGER.get(found[2].lower(), (found[2].lower(), 1.0))
    return float(plain_number(found[1])) * factor, base


def value_range(values: Iterable[str]) -> dict[str, Any] | None:
    """`{"min", "max", "unit"}` of the values, or None when they are not numbers of one unit."""
    values = list(values)
    numbers = [number for value in values if (number := number_of(value))]
    units = {unit for _, unit in numbers}
    if len(units) != 1 or len(numbers) < MOSTLY * len(values) or len(numbers) < 2:
        return None
    amounts = [amount for amount, _ in numbers]
    return {"min": min(amounts), "max": max(amounts), "unit": units.pop()}


def within(values: Iterable[str], lowest: float | None, highest: float | None) -> list[str]:
    """The values that are numbers within the bounds, both included."""
    found = []
    for value in values:
        number = number_of(value)
        if number and (lowest is None or number[0] >= lowest) and (highest is None or number[0] <= highest):
            found.append(value)
    return found
