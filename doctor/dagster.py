"""Dagster: whether it answers, has our definitions, and schedules run."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.settings import Settings
from doctor.finding import Finding, blocks, fine, warns
from local.ports import is_listening


def examine_dagster(settings: Settings) -> Iterator[Finding]:
    """The web server, its definitions, and what was stopped in the UI."""
    if not is_listening(settings.dagster_port, settings.host_of("dagster-webserver")):
        yield warns("dagster", f"nothing listens at {settings.dagster_url}.", "run `comptoir up`")
        return
    from orchestration.dagster_api import DagsterApi, DagsterUnavailableError  # imports Dagster: seconds

    api = DagsterApi(settings.dagster_url)
    try:
        loaded, error = api.load_state()
        if not loaded:
            reason = error or "they are still loading"
            yield blocks("dagster", f"Dagster has no definitions: {reason}.", "see `comptoir logs dagster-code`")
            return
        stopped = api.stopped_automation()
    except DagsterUnavailableError as error:
        yield blocks("dagster", f"{error}.", "see `comptoir logs dagster-webserver`")
        return
    if stopped:
        sentence = f"switched off: {', '.join(stopped)}."
        yield warns("dagster", sentence, "switch them on in the UI under Automation, or set COMPTOIR_SCHEDULES_RUN")
    else:
        yield fine("dagster", "its definitions are loaded, and every schedule and sensor is on.")
