"""All categories of the generated shop. Its brands and model names are invented."""

from __future__ import annotations

from demo_shop.content.categories import computers, home_and_accessories, phones_and_sound, tv_and_cameras
from demo_shop.content.categories.category import Category

CATEGORIES: tuple[Category, ...] = (
    *computers.CATEGORIES,
    *phones_and_sound.CATEGORIES,
    *tv_and_cameras.CATEGORIES,
    *home_and_accessories.CATEGORIES,
)
BY_NAME: dict[str, Category] = {category.name: category for category in CATEGORIES}
