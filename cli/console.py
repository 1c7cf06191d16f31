"""Where commands print: results to stdout, errors to stderr."""

from __future__ import annotations

import sys

from rich.console import Console

LOG_WIDTH = 140  # characters: a log is not 80 columns wide

console = Console(highlight=False, width=None if sys.stdout.isatty() else LOG_WIDTH)
errors = Console(highlight=False, stderr=True)


def say(line: str) -> None:
    """Print a line as it is, without rich's markup."""
    console.print(line, markup=False, soft_wrap=True)
