"""What an examination found: fine, worth a look, or in the way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """BLOCKS: the platform does not work like this."""

    FINE = "fine"
    WARNS = "look"
    BLOCKS = "BLOCKS"


@dataclass(frozen=True)
class Finding:
    """One sentence about one part of the installation, and what to do unless it is fine."""

    part: str
    level: Level
    sentence: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """One line for a terminal."""
        return f"{self.level:<7} {self.part:<12} {self.sentence}{' → ' if self.remedy else ''}{self.remedy}"


def fine(part: str, sentence: str) -> Finding:
    """A part that is as it should be."""
    return Finding(part, Level.FINE, sentence)


def warns(part: str, sentence: str, remedy: str) -> Finding:
    """A part that works, and should be seen to."""
    return Finding(part, Level.WARNS, sentence, remedy)


def blocks(part: str, sentence: str, remedy: str) -> Finding:
    """A part without which the platform does not work."""
    return Finding(part, Level.BLOCKS, sentence, remedy)
