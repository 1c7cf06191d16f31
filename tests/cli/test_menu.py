"""The help reads like a menu, appears at once, and every command says in one line what it does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from cli.app import app
from comptoir.repository import REPOSITORY

LINE = 59  # characters that the list of commands has for a help text on a terminal of 80 columns
MENU = {
    *("demo", "up", "status", "start", "stop", "logs", "down", "clean", "doctor", "cost"),
    *("run", "backfill", "shop sync", "deploy systemd", "deploy compose", "deploy prepare"),
    *("alerts test", "alerts list", "alerts mute", "alerts mutes", "alerts unmute", "backup make", "backup restore"),
    *("clicks land", "clicks archive", "clicks restore-archive", "clicks replay bad", "clicks replay range"),
    *("gate check", "gate accept", "recommendations evaluate", "recommendations publish", "recommendations rebuild"),
    "stream submit",
    *(
        "search index",
        "search follow",
        "search fit",
        "bi tableau",
        "bi extract",
        "bi publish",
        "bi powerbi",
        "report weekly",
    ),
    *("privacy requests", "privacy export", "privacy erase", "privacy verify", "privacy close", "privacy reapply"),
    "privacy retention",
    *("privacy rotate-key", "privacy empty-log"),
    *("docs schema", "docs dictionary", "docs metrics", "docs privacy", "docs currencies", "docs roles", "docs dbt"),
    *("dbt parse", "dbt compare", "dbt trial", "dbt referrers"),
}


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command below a group with its complete name; groups themselves too, with a final space."""
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield f"{name}{word} ", command
            yield from commands(command, f"{name}{word} ")
        else:
            yield f"{name}{word}", command


EVERYTHING = dict(commands(get_command(app)))


def test_the_menu_has_what_operators_do_and_nothing_else() -> None:
    assert {name for name in EVERYTHING if not name.endswith(" ")} == MENU


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_entry_is_one_line_and_its_options_are_explained(name: str) -> None:
    command = EVERYTHING[name]
    first = command.help.split("\n\n")[0]
    assert len(first) <= LINE and "\n" not in first and first.endswith(".") and first[0].isupper(), first
    for parameter in command.params:
        assert getattr(parameter, "help", "") or parameter.name == "help", parameter.name
    assert CliRunner().invoke(app, [*name.split(), "--help"]).exit_code == 0


def test_help_imports_no_room() -> None:
    code = "import sys, cli.app; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    slow = {
        "alerting",
        "bi",
        "collector",
        "comptoir",
        "dagster",
        "doctor",
        "expectations",
        "ingestion",
        "local",
        "orchestration",
    }
    slow |= {
        "privacy",
        "psycopg",
        "pydantic",
        "pyspark",
        "recommendations",
        "storefront",
        "streaming",
        "kafka",
        "numpy",
    }
    assert slow.isdisjoint(found.stdout.split())


def test_every_command_named_in_the_docs_exists() -> None:
    pages = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), REPOSITORY / ".env.example"]
    groups = {name.strip() for name in EVERYTHING if name.endswith(" ")}
    for page in pages:
        for words in re.findall(r"`comptoir ((?:[a-z][a-z-]* ?)+)", page.read_text()):
            named = words.split()
            while named and " ".join(named) not in MENU | groups:
                named.pop()  # what follows the name of a command are its arguments
            assert named, f"{page.name}: comptoir {words}"
