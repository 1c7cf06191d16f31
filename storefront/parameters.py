"""Reads the query strings of the HTTP API. A wrong parameter is refused with a sentence, never guessed at."""

from __future__ import annotations

import math
from typing import TypeVar

from starlette.datastructures import QueryParams

from storefront.search.query import Filters

Choice = TypeVar("Choice", bound=str)
FACETS = ("brand", "category", "department")
ATTRIBUTE_PREFIX = "attr."  # attr.screen_size=15.6


class ParameterError(ValueError):
    """A parameter with a value that is not allowed; the text names it and what is allowed."""


def read_filters(query: QueryParams) -> Filters:
    """The filters of a search: brand, category, department, price_min, price_max, rating_min, in_stock, attr.<name>.

    `brand=A&brand=B` are alternatives. Raises ParameterError for a price or rating that is not a number.
    """
    terms = {name: tuple(values) for name in FACETS if (values := [value for value in query.getlist(name) if value])}
    attributes = tuple(
        f"{name.removeprefix(ATTRIBUTE_PREFIX)}={value}"
        for name, value in query.multi_items()
        if name.startswith(ATTRIBUTE_PREFIX) and value
    )
    if attributes:
        terms["attribute"] = attributes
    return Filters(
        terms,
        price_min=read_number(query, "price_min"),
        price_max=read_number(query, "price_max"),
        rating_min=read_number(query, "rating_min"),
        in_stock=query.get("in_stock", "").lower() in ("1", "true"),
    )


def read_number(query: QueryParams, name: str) -> float | None:
    """A finite number, or None when the parameter is absent or empty. Raises ParameterError."""
    text = query.get(name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(f"{name} must be a number, not {text!r}.")
    return number


def read_count(query: QueryParams, name: str, default: int, highest: int) -> int:
    """A whole number from 0 to `highest`; `default` when the parameter is absent or empty. Raises ParameterError."""
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > highest:
        raise ParameterError(f"{name} must be a whole number from 0 to {highest}, not {text!r}.")
    return int(text)


def read_choice(query: QueryParams, name: str, choices: tuple[Choice, ...]) -> Choice:
    """One of `choices`; the first when the parameter is absent or empty. Raises ParameterError."""
    text = query.get(name) or choices[0]
    for choice in choices:
        if text == choice:
            return choice
    raise ParameterError(f"{name} must be one of {', '.join(choices)}, not {text!r}.")
