"""The alerts: test, list, mute, unmute. See docs/runbook.md."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from cli.console import say
from cli.errors import expected, fail

app = typer.Typer(no_args_is_help=True, help="Who is told what is wrong: test, list, mute, unmute.")


@app.command()
def test(
    channel: Annotated[str | None, typer.Argument(help="One channel of COMPTOIR_ALERT_CHANNELS.")] = None,
) -> None:
    """Send a message to each channel and say which took it.

    Exits with 1 when one did not.
    \f
    Raises typer.Exit (1) then, and for an unknown channel.
    """
    from alerting.channels import channels_of, send
    from comptoir.audit import operator
    from comptoir.settings import settings_at_start

    addresses = channels_of(settings_at_start())
    if channel and channel not in addresses:
        raise fail(f"There is no channel {channel}: there are {', '.join(addresses)}.")
    failed = []
    for name, address in addresses.items():
        if channel in (None, name):
            body = f"Sent by {operator()}. Nothing is wrong."
            error = send(address, f"[comptoir] TEST of channel {name}", body, is_problem=False)
            say(f"{name:<16} {error or 'took the message'}")
            failed += [name] if error else []
    if failed:
        raise fail(f"No message reaches {', '.join(failed)}: correct COMPTOIR_ALERT_CHANNELS, or see to the service.")


@app.command("list")
def list_(
    days: Annotated[int, typer.Option(min=0, help="Also those that were over in the last days.")] = 0,
) -> None:
    """Show the open alerts, and whether they were told."""
    from alerting.listing import list_alerts
    from comptoir.settings import settings_at_start

    found = list_alerts(settings_at_start().database_url_as("operator"), days)
    for alert in found:
        say(alert.line)
        if not alert.closed_at:
            say(f"        {alert.cause}")
    if not found:
        say("no alert is open")


@app.command()
def mute(
    alert: Annotated[str, typer.Argument(help="A key as `list` shows it; * stands for anything: 'run/*'.")],
    why: Annotated[str, typer.Option(help="Why nobody has to be told.")],
    hours: Annotated[float, typer.Option(help="For how long.")] = 4,
) -> None:
    """Keep matching alerts without telling them for some hours."""
    from alerting.mutes import mute as mute_alerts
    from comptoir.audit import operator
    from comptoir.settings import settings_at_start

    with expected(ValueError):
        matched = mute_alerts(
            settings_at_start().database_url_as("operator"), alert, timedelta(hours=hours), why, operator()
        )
    say(f"{alert} is muted for {hours:g} h; open now: {', '.join(matched) or 'none that matches'}")


@app.command()
def mutes() -> None:
    """Show what is muted, until when, why and by whom."""
    from alerting.mutes import list_mutes
    from comptoir.settings import settings_at_start

    found = list_mutes(settings_at_start().database_url_as("operator"))
    for each in found:
        say(each.line)
    if not found:
        say("nothing is muted")


@app.command()
def unmute(alert: Annotated[str, typer.Argument(help="What was muted, as `mutes` shows it.")]) -> None:
    """End a mute now: open alerts it held back are told.

    Exits with 1 when there is no such mute.
    \f
    Raises typer.Exit (1) then.
    """
    from alerting.mutes import unmute as end_mutes
    from comptoir.settings import settings_at_start

    with expected(ValueError):
        end_mutes(settings_at_start().database_url_as("operator"), alert)
    say(f"{alert} is no longer muted")
