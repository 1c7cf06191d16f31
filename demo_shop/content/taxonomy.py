"""What the generated shop sells: departments, categories, attributes and prices by tier, and what goes with what.

All brands and model names are invented. Prices are in the shop's currency, without tax.
"""

from __future__ import annotations

from demo_shop.content.categories import computers, home_and_accessories, phones_and_sound, tv_and_cameras
from demo_shop.content.categories.category import Category

CATEGORIES: tuple[Category, ...] = (
    *computers.CATEGORIES,
    *phones_and_sound.CATEGORIES,
    *tv_and_cameras.CATEGORIES,
    *home_and_accessories.CATEGORIES,
)
BY_NAME = {category.name: category for category in CATEGORIES}
