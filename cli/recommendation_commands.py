"""The recommendations: evaluate, publish, rebuild. See docs/recommendations.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.console import say
from cli.errors import expected, fail

if TYPE_CHECKING:
    from streaming.model_evaluations import ModelComparison

app = typer.Typer(no_args_is_help=True, help="Evaluate or publish the model, rebuild the lists.")


@app.command()
def evaluate() -> None:
    """Compare the code's weights with the published ones.

    On the visits of the shop's last days; both results are kept in ops.model_evaluations.
    """
    say(_compare().message)


@app.command()
def publish() -> None:
    """Publish the code's weights, unless they are worse.

    Exits with 1 when they are.
    \f
    Raises typer.Exit (1) when they are worse, RuntimeError when the shop has no history yet.
    """
    from comptoir.settings import settings_at_start
    from recommendations.model import BUILT_IN_MODEL
    from streaming import model_evaluations

    comparison = _compare()
    say(comparison.message)
    if not comparison.is_not_worse:
        raise fail("Nothing was published.")
    model_evaluations.publish(settings_at_start().database_url_as("stream"), BUILT_IN_MODEL)
    say(f"model {BUILT_IN_MODEL.version} is published; the stream scores with it from its next batch on")


@app.command()
def rebuild() -> None:
    """Rebuild all lists, after a change of the scoring.

    From the counts that the stream keeps. A running stream waits meanwhile; lists are read as before.
    """
    from comptoir.settings import settings_at_start
    from streaming.rebuild import rebuild_lists

    settings = settings_at_start()
    rebuild_lists(settings.database_url_as("stream"), settings.consumable_categories)
    say("every list is rebuilt")


def _compare() -> ModelComparison:
    from comptoir.settings import settings_at_start
    from recommendations.model import BUILT_IN_MODEL
    from streaming.model_evaluations import compare_with_published

    with expected(ValueError):  # the shop has no history yet
        return compare_with_published(settings_at_start().database_url_as("stream"), BUILT_IN_MODEL)
