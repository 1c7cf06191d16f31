"""Progress of a long measurement, on the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console


def clock(what: str) -> Callable[[str], None]:
    """Return a function that prints progress with the seconds since the start."""
    console, begun = Console(stderr=True), time.monotonic()
    return lambda text: console.print(f"{what}, {time.monotonic() - begun:.0f} s: {text}", highlight=False)
