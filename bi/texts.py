"""What the dashboard says. The words in the code are English; `french.yml` has each of them in French."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

CATALOGUE = Path(__file__).with_name("french.yml")
Language = Literal["en", "fr"]
LANGUAGES: dict[Language, str] = {"en": "English", "fr": "Français"}
# values of dimensions that the marts have in the place of the shop's own
MARKERS = ("unknown", "(few visitors)")


@cache
def french() -> dict[str, str]:
    """Read the catalogue: English text to French."""
    return msgspec.yaml.decode(CATALOGUE.read_bytes(), type=dict[str, str])


def translated(text: str, language: Language) -> str:
    """Return the text in the language; in English where the catalogue lacks it, such as a category of the shop."""
    return french().get(text, text) if language == "fr" else text


def read_as(value: str, language: Language) -> str:
    """Return a value of a dimension as the reader sees it: the shop's own as it is, `MARKERS` in the language."""
    return translated(value, language) if value in MARKERS else value
