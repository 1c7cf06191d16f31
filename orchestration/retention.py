"""Retention of one installation: the terms of the map, and the ways of the stores that take rows out by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import psycopg

from comptoir.settings import Settings
from ingestion.clickstream.bad_bytes import forget_old_bytes
from ingestion.forgotten_customers import end_accounts
from privacy.retention import Age, OwnStep, Retained, ages, retain, terms_of
from streaming.retention import forget_old_events


def retain_all(settings: Settings, now: datetime | None = None) -> Iterator[Retained]:
    """Take out everything that is older than its term at `now` (aware, by default this moment), a term at each step.

    Raises psycopg.Error, or ArchiveError when a day of raw is in use: what went before stays gone, and the next call
    goes on.
    """
    with _connected(settings) as connection:
        yield from retain(connection, terms_of(settings, now or datetime.now(UTC)), _own_steps(settings, connection))


def overdue(settings: Settings, now: datetime | None = None) -> dict[str, Age]:
    """What is older than its term at `now`, by the name of the map's rule; changes nothing. Raises psycopg.Error."""
    with _connected(settings) as connection:
        found = ages(connection, terms_of(settings, now or datetime.now(UTC)))
    return {name: age for name, age in found.items() if age.overdue_count}


def _own_steps(settings: Settings, connection: psycopg.Connection) -> dict[str, OwnStep]:
    from ingestion.clickstream.retention import delete_old_files, drop_old_days  # pyarrow: not when the graph is loaded

    lander = settings.database_url_as("lander")  # who owns the days of raw drops them
    return {
        "raw_clickstream.events": lambda before: drop_old_days(lander, before.date()),
        "ops.archived_days": lambda before: delete_old_files(lander, settings.archive_dir, before.date()),
        "raw_clickstream.bad_events (payload)": lambda _: forget_old_bytes(lander, settings.bad_event_days),
        "raw_shop.deleted_keys": lambda before: end_accounts(connection, settings.shop_platform, before),
        "serving.visitor_events": lambda before: forget_old_events(connection, before),
    }


@contextmanager
def _connected(settings: Settings) -> Iterator[psycopg.Connection]:
    url = settings.database_url_as("privacy")
    with closing(psycopg.connect(url, autocommit=True, application_name="retention")) as connection:
        yield connection
