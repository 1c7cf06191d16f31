"""The reports: what the BI team is told without asking. See docs/bi.md."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import say
from cli.errors import expected, fail

app = typer.Typer(no_args_is_help=True, help="What the BI team is told without asking.")


@app.callback()
def report() -> None:
    """What the BI team is told without asking."""


@app.command()
def weekly(
    send: Annotated[bool, typer.Option("--send", help="Also send it to the BI team's channels.")] = False,
) -> None:
    """Write the digest of the last whole week.

    Exits with 1 when a channel does not take it.
    \f
    Raises typer.Exit (1) then.
    """
    from datetime import UTC, datetime

    from alerting.condition import BI
    from alerting.post import post
    from bi.reporter import MartsUnavailable
    from bi.reports import write_weekly_digest
    from comptoir.settings import settings_at_start

    settings = settings_at_start()
    with expected(MartsUnavailable, ValueError):
        page, files = write_weekly_digest(settings, datetime.now(UTC))
    say(page.title)
    say(page.text())
    say(f"wrote {' and '.join(map(str, files))}")
    if not send:
        return
    sent = post(settings, BI, page.title, page.html(), page.text())
    if not sent:
        raise fail("There is no channel to send it to: set COMPTOIR_ALERT_CHANNELS, see docs/runbook.md.")
    for channel, reason in sent.items():
        say(f"{channel:<16} {reason or 'took the digest'}")
    if any(sent.values()):
        raise fail("Not every channel took the digest: correct COMPTOIR_ALERT_CHANNELS, or see to the service.")
