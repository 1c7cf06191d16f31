"""How commands speak to the operator."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)  # a log is not 80 columns wide


def say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)


def fail(error: Exception) -> typer.Exit:
    """Errors reach the operator as a sentence, not as a traceback."""
    console.print(f"[bold red]error[/] {error}", soft_wrap=True)
    return typer.Exit(1)
