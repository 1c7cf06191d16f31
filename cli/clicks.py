"""The commands about clicks: land, replay, restore-archive. See docs/event-contract.md."""

from __future__ import annotations

import logging
import signal
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import console, fail, say
from comptoir.settings import get_settings

if TYPE_CHECKING:
    from ingestion.clickstream.replay import Replay

replay = typer.Typer(no_args_is_help=True, help="Land again; a dry run with counts unless --apply is given.")

Apply = Annotated[bool, typer.Option("--apply", help="Do it; without, only count what would be done.")]
Since = Annotated[datetime | None, typer.Option(help="From this moment (UTC).")]
Until = Annotated[datetime | None, typer.Option(help="Up to, not including, this moment (UTC).")]


def land(
    keep_on: Annotated[bool, typer.Option("--follow", help="Go on until stopped.")] = False,
    at_most: Annotated[
        int | None, typer.Option(min=1, help="Take at most so many partitions, for others to share.")
    ] = None,
) -> None:
    """Land clicks from Kafka in raw_clickstream, as Dagster's asset does."""
    from ingestion.clickstream import landing

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    settings = get_settings()
    topics = [settings.clicks_topic, settings.clicks_bad_topic]
    addresses = settings.bootstrap_servers, settings.database_url
    try:
        if not keep_on:
            say(str(landing.land(*addresses, topics, at_most=at_most)))
            return
        stop = Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        landing.follow(*addresses, topics, stop, at_most=at_most)
    except RuntimeError as error:
        raise fail(error) from error


@replay.command("bad")
def replay_bad(
    reason: Annotated[str | None, typer.Option(help="Only this reason code.")] = None,
    since: Since = None,
    until: Until = None,
    apply: Apply = False,
) -> None:
    """Read bad events again, those landed between two moments: what is good by now moves to events."""
    from collector.revalidation import revalidate_refused_event
    from ingestion.clickstream import replay as replaying

    settings = get_settings()
    chosen = replaying.BadFilter(reason, _utc(since), _utc(until))
    try:
        done = replaying.replay_bad(
            settings.database_url,
            chosen,
            lambda value, at: revalidate_refused_event(value, at, settings.pseudonym_key),
            settings.clicks_bad_topic,
            apply,
        )
    except RuntimeError as error:
        raise fail(error) from error
    _tell(done)


@replay.command("range")
def replay_range(
    since: Since = None,
    until: Until = None,
    topic: Annotated[str | None, typer.Option(help="With offsets: the topic, clicks by default.")] = None,
    partition: Annotated[int | None, typer.Option(help="With offsets: the partition.")] = None,
    first: Annotated[int | None, typer.Option("--from-offset", help="First offset.")] = None,
    end: Annotated[int | None, typer.Option("--to-offset", help="Up to, not including, this offset.")] = None,
    apply: Apply = False,
) -> None:
    """Read a part of the log again, by time or by offsets: rows that raw lacks come back, nothing else changes."""
    from ingestion.clickstream import replay as replaying

    settings = get_settings()
    by_offset = [partition, first, end]
    if any(value is not None for value in by_offset) and (None in by_offset or since or until):
        raise typer.BadParameter("give either --since/--until, or all of --partition --from-offset --to-offset")
    topics = [settings.clicks_topic, settings.clicks_bad_topic]
    if partition is not None and first is not None and end is not None:
        topics = [topic or settings.clicks_topic]
        choose = replaying.between_offsets(topics[0], partition, first, end)
    else:
        choose = replaying.between_times(_utc(since), _utc(until))
    subject = {
        "topics": topics, "since": since, "until": until, "partition": partition, "from_offset": first,
        "to_offset": end,
    }  # fmt: skip
    try:
        done = replaying.replay_range(settings.bootstrap_servers, settings.database_url, choose, topics, subject, apply)
    except RuntimeError as error:
        raise fail(error) from error
    _tell(done)


def restore_archive(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="UTC day, as 2026-01-31.")],
) -> None:
    """Bring an archived day of events back into raw; it stays a week."""
    from ingestion.clickstream.archive import restore_day

    settings = get_settings()
    try:
        rows = restore_day(settings.database_url, settings.archive_dir, day.date())
    except RuntimeError as error:
        raise fail(error) from error
    say(f"{rows} rows of {day.date()} are back in raw_clickstream.events")


def _tell(done: Replay) -> None:
    for name, count in done.counts.items():
        console.print(f"{name.replace('_', ' '):<18}{count:>12,}")
    say("applied, and written to ops.audit_log" if done.is_applied else "a dry run: nothing changed; --apply does it")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
