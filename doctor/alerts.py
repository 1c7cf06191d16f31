"""Alerts: channels, the watcher, certificates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg

from alerting.channels import channels_of, validate
from alerting.condition import Severity
from alerting.probes.certificates import look_at_certificates
from alerting.watcher import PROCESS
from comptoir.settings import Settings
from doctor.finding import Finding, blocks, fine, warns

OLDEST = timedelta(minutes=3)


def examine_alerts(settings: Settings) -> Iterator[Finding]:
    """Who would be told, and by whom."""
    for mistake in validate(channels_of(settings)):
        yield blocks("alerts", mistake, "correct it; docs/runbook.md has examples")
    unknown = {name for names in settings.alert_routes.values() for name in names} - settings.alert_channels.keys()
    if unknown:
        sentence = f"COMPTOIR_ALERT_ROUTES names channels that do not exist: {', '.join(sorted(unknown))}."
        yield blocks("alerts", sentence, "add them to COMPTOIR_ALERT_CHANNELS, or remove them")
    if not settings.alert_channels and not settings.demo_shop:
        sentence = f"alerts go only to a file in {settings.data_dir}/alerts."
        yield warns("alerts", sentence, "set COMPTOIR_ALERT_CHANNELS, then `comptoir alerts test`")
    yield from _watcher(settings)
    for condition in look_at_certificates(settings):
        make = blocks if condition.severity is Severity.ERROR else warns
        yield make("certificate", condition.cause, "renew it, or correct COMPTOIR_WATCHED_CERTIFICATES")


def _watcher(settings: Settings) -> Iterator[Finding]:
    try:
        with psycopg.connect(settings.database_url_as("operator"), connect_timeout=5) as connection:
            row = connection.execute(
                "select now() - beat_at from ops.heartbeats where process = %s", [PROCESS]
            ).fetchone()
    except psycopg.Error:
        return  # said by the examination of Postgres
    if row and row[0] <= OLDEST:
        yield fine("alerts", "the watcher looks twice a minute.")
    else:
        yield warns("alerts", "the watcher of alerts does not run: nobody is told.", "see `comptoir status`")
