"""What the installation uses and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import say
from cli.errors import expected

if TYPE_CHECKING:
    from local.running_cost import Budget, ModelUse


def cost(
    tables: Annotated[int, typer.Option(min=1, help="How many tables of dbt to show.")] = 10,
) -> None:
    """Show what processes and tables use, in cores, MB and €.

    The price is COMPTOIR_MACHINE_EUROS_A_MONTH.
    \f
    Raises typer.Exit (1) when the warehouse does not answer or was never built.
    """
    import psycopg

    from comptoir.settings import settings_at_start
    from local import running_cost

    settings = settings_at_start()
    budget = running_cost.budget_of(settings)
    running = running_cost.processes(settings)
    if not running:
        say("nothing runs on this machine; `comptoir up` starts the platform")
    else:
        say(f"{'process':<20} {'cores':>8} {'MB':>8} {'€ a month':>10}")
        for process in [*running, running_cost.left_over(running, budget)]:
            euros = budget.euros(process.cores)
            say(f"{process.name:<20} {process.cores:8.3f} {process.megabytes:8,.0f} {euros:10.2f}")
    reader = settings.database_url_as("reporter")
    with expected(psycopg.Error, LookupError), psycopg.connect(reader, connect_timeout=5) as connection:
        made = running_cost.models(connection)
        stored = running_cost.disk(connection)
    _say_tables(made, tables, budget)
    say(f"\n{'schema':<20} {'MB':>10}")
    for schema in stored:
        say(f"{schema.name:<20} {schema.megabytes:10,.1f}")


def _say_tables(made: list[ModelUse], tables: int, budget: Budget) -> None:
    if not made:
        say("\nwhat the tables of dbt take is known from the second daily run on")
        return
    seconds = sum(model.seconds_a_day for model in made)
    say(f"\n{'table of dbt':<44} {'s a day':>8} {'MB':>8} {'MB a day':>9} {'€ a month':>10}")
    for model in made[:tables]:
        used = f"{model.seconds_a_day:8.1f} {model.megabytes:8,.1f} {model.growth_a_day:9.2f}"
        say(f"{model.name:<44} {used} {budget.euros(model.seconds_a_day / 86_400):10.4f}")
    say(f"{'all ' + str(len(made)):<44} {seconds:8.1f}")
