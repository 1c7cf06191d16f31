"""The description of a category, from which the generator makes its products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tier = Literal["entry", "mid", "premium"]
TIERS: tuple[Tier, ...] = ("entry", "mid", "premium")
Choices = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The values to choose from in the entry, mid and premium tier."""


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the shop's category tree."""

    name: str
    department: str  # the parent in the tree
    singular: str  # what one product of it is called
    brands: tuple[str, ...]
    series: Choices
    # (lowest, highest) of each tier, in the shop's currency, without tax
    prices: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    # in the order they are shown; a key with bars ("kind|capacity") stands for attributes whose values belong together
    attributes: dict[str, Choices]
    title: str  # a format string over brand, model and the attributes
    share: float  # weight among the products
    demand: float  # weight among the visits
    margin: float  # the part of the price that is not cost
    companions: tuple[str, ...] = ()  # names of the categories bought with this one, most likely first


def same(*values: str) -> Choices:
    """The same values in every tier."""
    return (values, values, values)


COLOURS = same("Black", "White", "Silver", "Graphite", "Midnight Blue", "Sand")
