"""What a category of the generated shop is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tier = Literal["entry", "mid", "premium"]
TIERS: tuple[Tier, ...] = ("entry", "mid", "premium")
Choices = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The values an attribute can take in the entry, mid and premium tier."""


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the shop's tree.

    `prices` are (lowest, highest) per tier; `attributes` are in the order they are shown, a key
    with bars ("kind|capacity") stands for several that belong together; `title` is a format string
    over brand, model and the attributes; `share` is its part of the products, `demand` its part of the visits,
    `margin` the part of the price that is not cost; `companions` name the categories bought with this one, most
    likely first.
    """

    name: str
    department: str
    singular: str
    brands: tuple[str, ...]
    series: Choices
    prices: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    attributes: dict[str, Choices]
    title: str
    share: float
    demand: float
    margin: float
    companions: tuple[str, ...] = ()


def same(*values: str) -> Choices:
    """An attribute whose values do not depend on the tier."""
    return (values, values, values)


COLOURS = same("Black", "White", "Silver", "Graphite", "Midnight Blue", "Sand")
