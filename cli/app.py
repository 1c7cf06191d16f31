"""`comptoir`: what operators do, from one command line."""

from __future__ import annotations

import typer

from cli import (
    alert_commands,
    backup_commands,
    bi_commands,
    click_commands,
    cost_commands,
    dbt_commands,
    deploy_commands,
    docs_commands,
    doctor_commands,
    gate_commands,
    job_commands,
    privacy_commands,
    recommendation_commands,
    report_commands,
    search_commands,
    shop_commands,
    stack_commands,
    stream_commands,
)
from cli.errors import OperatorGroup

STACK = "The platform on this machine"
DATA = "Data, from the shop and its visitors to the marts"
PUBLISHED = "What is made from the marts"
PROJECT = "The project's own files"

app = typer.Typer(
    cls=OperatorGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The data platform of an electronics shop.\n\nSettings come from the environment and .env; see .env.example.",
)
for command in (
    stack_commands.demo,
    stack_commands.up,
    stack_commands.status,
    stack_commands.start,
    stack_commands.stop,
    stack_commands.logs,
    stack_commands.down,
    stack_commands.clean,
    doctor_commands.doctor,
    cost_commands.cost,
):
    app.command(rich_help_panel=STACK)(command)
for name, group in (("deploy", deploy_commands.app), ("alerts", alert_commands.app), ("backup", backup_commands.app)):
    app.add_typer(group, name=name, rich_help_panel=STACK)
app.command(rich_help_panel=DATA)(job_commands.run)
app.command(rich_help_panel=DATA)(job_commands.backfill)
for name, group in (
    ("shop", shop_commands.app),
    ("clicks", click_commands.app),
    ("gate", gate_commands.app),
    ("privacy", privacy_commands.app),
):
    app.add_typer(group, name=name, rich_help_panel=DATA)
for name, group in (
    ("recommendations", recommendation_commands.app),
    ("stream", stream_commands.app),
    ("search", search_commands.app),
    ("bi", bi_commands.app),
    ("report", report_commands.app),
):
    app.add_typer(group, name=name, rich_help_panel=PUBLISHED)
for name, group in (("docs", docs_commands.app), ("dbt", dbt_commands.app)):
    app.add_typer(group, name=name, rich_help_panel=PROJECT)


if __name__ == "__main__":
    app()
