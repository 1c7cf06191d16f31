"""Reads the query strings of the HTTP API. A wrong parameter is refused with a sentence, never guessed at.

Every kind of parameter has bounds, and is given once unless it is a filter.
"""

from __future__ import annotations

import math
from typing import TypeVar

from starlette.datastructures import QueryParams

from events.bounds import KEY_CHARACTERS
from storefront.responses import RequestError, shown
from storefront.search.filters import Filters, Range

Choice = TypeVar("Choice", bound=str)
FACETS = ("brand", "category", "department")
ATTRIBUTE_PREFIX = "attr."  # attr.screen_size=15.6
LOWEST_PREFIX, HIGHEST_PREFIX = "attr_min.", "attr_max."  # attr_min.screen_size=15
MAX_FILTERS = 50  # values ticked
MAX_ATTRIBUTES = 12  # ticked of; each is a clause of the query, and of the count of every facet
FLAGS = ("1", "true", "0", "false")
QUERY_CHARACTERS = 500  # of what a visitor typed


class ParameterError(RequestError):
    """A parameter with a value that is not allowed; the text names it and what is allowed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(400, sentence)


def read_filters(query: QueryParams) -> Filters:
    """The filters of a search: brand, category, department, price_min, price_max, rating_min, in_stock, attr.<name>,
    attr_min.<name>, attr_max.<name>, and the price list that prices are of.

    `brand=A&brand=B` are alternatives. Raises ParameterError for a price or rating that is not a number, and for more
    than MAX_FILTERS values or MAX_ATTRIBUTES attributes.
    """
    terms = {name: tuple(values) for name in FACETS if (values := [value for value in query.getlist(name) if value])}
    attributes = tuple(
        f"{name.removeprefix(ATTRIBUTE_PREFIX)}={value}"
        for name, value in query.multi_items()
        if name.startswith(ATTRIBUTE_PREFIX) and value
    )
    if attributes:
        terms["attribute"] = attributes
    chosen = sum(len(values) for values in terms.values())
    if chosen > MAX_FILTERS:
        raise ParameterError(f"The filters have {chosen} values: send at most {MAX_FILTERS}.")
    named = len({attribute.partition("=")[0] for attribute in attributes})
    if named > MAX_ATTRIBUTES:
        raise ParameterError(f"The filters name {named} attributes (attr.*): send at most {MAX_ATTRIBUTES}.")
    return Filters(
        terms,
        price_min=read_number(query, "price_min"),
        price_max=read_number(query, "price_max"),
        rating_min=read_number(query, "rating_min"),
        in_stock=read_flag(query, "in_stock"),
        ranges=_read_ranges(query),
        price_list=read_text(query, "price_list"),
    )


def _read_ranges(query: QueryParams) -> dict[str, Range]:
    """attr_min.<name> and attr_max.<name>: numbers that an attribute's value may not be below or above."""
    names = [name for name in query if name.startswith((LOWEST_PREFIX, HIGHEST_PREFIX))]
    if len(names) > MAX_ATTRIBUTES:
        raise ParameterError(f"The filters name {len(names)} bounds of attributes: send at most {MAX_ATTRIBUTES}.")
    attributes = dict.fromkeys(name.partition(".")[2] for name in names)
    return {
        name: (read_number(query, f"{LOWEST_PREFIX}{name}"), read_number(query, f"{HIGHEST_PREFIX}{name}"))
        for name in attributes
    }


def read_flag(query: QueryParams, name: str, default: bool = False) -> bool:
    """1 or true, 0 or false; `default` when the parameter is absent or empty. Raises ParameterError."""
    text = read_text(query, name).lower()
    if text not in ("", *FLAGS):
        raise ParameterError(f"{name} must be 1 or 0, not {shown(text)}.")
    return text in FLAGS[:2] if text else default


def read_facet(name: str) -> str:
    """A facet whose values are asked for: brand, category, department or attr.<name>. Raises ParameterError."""
    if name in FACETS or (name.startswith(ATTRIBUTE_PREFIX) and len(name) <= KEY_CHARACTERS):
        return name
    raise ParameterError(f"There is no facet {shown(name)}: ask for {', '.join(FACETS)} or attr.<name>.")


def read_text(query: QueryParams, name: str, longest: int = KEY_CHARACTERS) -> str:
    """A text of at most `longest` characters; "" when the parameter is absent. Raises ParameterError."""
    values = query.getlist(name)
    if len(values) > 1:
        raise ParameterError(f"{name} is given {len(values)} times: send it once.")
    text = values[0] if values else ""
    if len(text) > longest:
        raise ParameterError(f"{name} has {len(text)} characters: send at most {longest}.")
    return text


def read_number(query: QueryParams, name: str) -> float | None:
    """A finite number, or None when the parameter is absent or empty. Raises ParameterError."""
    text = read_text(query, name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(f"{name} must be a number, not {shown(text)}.")
    return number


def read_count(query: QueryParams, name: str, default: int, highest: int) -> int:
    """A whole number from 0 to `highest`; `default` when the parameter is absent or empty. Raises ParameterError."""
    text = read_text(query, name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > highest:
        raise ParameterError(f"{name} must be a whole number from 0 to {highest}, not {shown(text)}.")
    return int(text)


def read_choice(query: QueryParams, name: str, choices: tuple[Choice, ...]) -> Choice:
    """One of `choices`; the first when the parameter is absent or empty. Raises ParameterError."""
    text = read_text(query, name) or choices[0]
    for choice in choices:
        if text == choice:
            return choice
    raise ParameterError(f"{name} must be one of {', '.join(choices)}, not {shown(text)}.")
