"""What the dashboard says. The words in the code are English; `french.yml` has each of them in French."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

CATALOGUE = Path(__file__).with_name("french.yml")
Language = Literal["en", "fr"]
LANGUAGES: dict[Language, str] = {"en": "English", "fr": "Français"}


@cache
def french() -> dict[str, str]:
    """Read the catalogue: English text to French."""
    return msgspec.yaml.decode(CATALOGUE.read_bytes(), type=dict[str, str])


def translated(text: str, language: Language) -> str:
    """Return the text in the language; in English where the catalogue lacks it, such as a category of the shop."""
    return french().get(text, text) if language == "fr" else text
