"""The visitors' clicks: land, replay, archive, restore-archive. See docs/clickstream.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import say

if TYPE_CHECKING:
    from ingestion.clickstream.replay import Replay

app = typer.Typer(no_args_is_help=True, help="Land clicks from Kafka, replay some, archive old days.")
replay = typer.Typer(no_args_is_help=True, help="Land some again; only counts without --apply.")
app.add_typer(replay, name="replay")

Apply = Annotated[bool, typer.Option("--apply", help="Do it; without, only count what would change.")]
Since = Annotated[datetime | None, typer.Option(help="From this moment (UTC).")]
Until = Annotated[datetime | None, typer.Option(help="Up to, not including, this moment (UTC).")]


@app.command()
def land(
    follow: Annotated[bool, typer.Option("--follow", help="Continue until stopped.")] = False,
    at_most: Annotated[
        int | None, typer.Option(min=1, help="Take no more partitions than this, so that others can share them.")
    ] = None,
) -> None:
    """Land the clicks that Kafka has in raw_clickstream.

    As Dagster does every five minutes, once or until stopped.
    """
    import logging
    import signal
    from threading import Event

    from comptoir.settings import settings_at_start
    from ingestion.clickstream import landing

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    settings = settings_at_start()
    topics = [settings.clicks_topic, settings.clicks_bad_topic]
    addresses = settings.kafka_as("lander"), settings.database_url_as("lander")
    if not follow:
        say(str(landing.land(*addresses, topics, at_most=at_most)))
        return
    stop = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    landing.follow(*addresses, topics, stop, at_most=at_most)


@app.command()
def archive() -> None:
    """Move old days from raw into Parquet files.

    Days older than COMPTOIR_CLICKS_LIVE_DAYS, as Dagster does daily; each file is read back before its day is deleted.
    """
    from comptoir.settings import settings_at_start
    from ingestion.clickstream.archive import archive_old_days

    settings = settings_at_start()
    archived = archive_old_days(settings.database_url_as("lander"), settings.archive_dir, settings.clicks_live_days)
    for day in archived:
        say(f"{day.day}: {day.rows:,} rows to {day.path}")
    if not archived:
        say(f"no day in raw is older than {settings.clicks_live_days} days")


@app.command()
def restore_archive(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day (UTC), as 2026-01-31.")],
) -> None:
    """Bring an archived day back into raw, for a week."""
    from comptoir.settings import settings_at_start
    from ingestion.clickstream.archive import restore_day

    settings = settings_at_start()
    rows = restore_day(settings.database_url_as("lander"), settings.archive_dir, day.date())
    say(f"{rows} rows of {day.date()} are back in raw_clickstream.events")


@replay.command("bad")
def replay_bad(
    reason: Annotated[str | None, typer.Option(help="Only this reason code.")] = None,
    since: Since = None,
    until: Until = None,
    apply: Apply = False,
) -> None:
    """Check bad events again: valid ones move to events.

    After the event contract was widened. `--since` and `--until` are about when they were landed.
    """
    from collector.revalidation import revalidate_refused_event
    from comptoir.settings import settings_at_start
    from ingestion.clickstream import replay as replaying

    settings = settings_at_start()
    key = settings.pseudonym_key.get_secret_value()
    done = replaying.replay_bad(
        settings.database_url_as("lander"),
        replaying.BadFilter(reason, _utc(since), _utc(until)),
        lambda value, at: revalidate_refused_event(value, at, key),
        settings.clicks_bad_topic,
        apply,
    )
    _report(done)


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
    """Read Kafka's log again: rows that raw lacks come back.

    A part of it by time or by offsets; rows that are there are not changed.
    \f
    Raises typer.BadParameter when times and offsets are mixed, or not all of the offsets' options are given.
    """
    from comptoir.settings import settings_at_start
    from ingestion.clickstream import replay as replaying

    settings = settings_at_start()
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
    _report(
        replaying.replay_range(
            settings.kafka_as("lander"), settings.database_url_as("lander"), choose, topics, subject, apply
        )
    )


def _report(done: Replay) -> None:
    for name, count in done.counts.items():
        say(f"{name.replace('_', ' '):<18}{count:>12,}")
    say("applied, and written to ops.audit_log" if done.is_applied else "a dry run: nothing changed; --apply does it")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
