"""Errors reach the operator as sentences, without a traceback. A traceback means a fault of the program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from cli.console import errors

# raised with a sentence for the operator, SettingsError and the errors of Kafka's client among them
EXPECTED = (RuntimeError, FileNotFoundError, ConnectionError, TimeoutError)


class OperatorGroup(TyperGroup):
    """The group of all commands: prints what went wrong in one of them, and exits with 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Raises typer.Exit for an expected error, others as they are."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            sentence = _sentence(error)
            if not sentence:
                raise
            raise fail(sentence) from error


@contextmanager
def expected(*kinds: type[Exception]) -> Iterator[None]:
    """Errors of a room that carry a sentence for the operator. Raises RuntimeError with it."""
    try:
        yield
    except kinds as error:
        raise RuntimeError(str(error)) from error


def fail(text: str) -> typer.Exit:
    """Print each line as an error; to be raised."""
    for line in text.splitlines():
        errors.print(f"[bold red]error[/] {escape(line)}", soft_wrap=True)
    return typer.Exit(1)


def _sentence(error: Exception) -> str:
    """What to print of an error; nothing when it was not expected."""
    if isinstance(error, EXPECTED) and not isinstance(error, (NotImplementedError, RecursionError)):
        return str(error)
    psycopg = sys.modules.get("psycopg")  # not imported: the error cannot be one of psycopg's
    if psycopg is None or not isinstance(error, psycopg.Error):
        return ""
    first_line = str(error).partition("\n")[0]
    if isinstance(error, (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)):
        return f"The warehouse lacks a table: {first_line}. `comptoir up` creates those of the platform."
    if isinstance(error, psycopg.OperationalError):
        return f"Postgres does not answer: {first_line}. `comptoir status` shows whether the embedded one runs."
    return ""
