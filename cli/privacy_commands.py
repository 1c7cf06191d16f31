"""Requests of persons about their data: list, export, erase, verify; and retention. See docs/privacy.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import say
from cli.errors import expected, fail

if TYPE_CHECKING:
    from local.forgetting import Forgetting

app = typer.Typer(no_args_is_help=True, help="Export or erase a person's data, and what is too old.")

Customer = Annotated[int, typer.Argument(help="The shop's number of the customer.")]


@app.command()
def requests() -> None:
    """List the open requests, the most urgent first."""
    import psycopg

    from comptoir.settings import settings_at_start
    from privacy.requests import open_requests

    with psycopg.connect(settings_at_start().database_url_as("privacy")) as connection:
        found = open_requests(connection)
    for request in found:
        say(f"{request.due_at:%Y-%m-%d} {request.topic} of {request.whom} ({request.request_id})")
    if not found:
        say("no open request")


@app.command()
def export(customer: Customer, folder: Annotated[Path, typer.Argument(help="Where the files go.")]) -> None:
    """Write a person's data as JSON and as a page to read.

    Every row that carries their number or pseudonym, and nobody else's.
    """
    from datetime import UTC, datetime

    import psycopg

    from comptoir.settings import settings_at_start
    from privacy.export import write_export
    from privacy.requests import mark_exported, request_of

    settings = settings_at_start()
    forgetting = _forgetting()
    with psycopg.connect(settings.database_url_as("privacy"), autocommit=True) as connection:
        request = request_of(connection, "customers/data_request", customer)
        subject = forgetting.subject(str(customer))
        rows = forgetting.export(request.request_id, subject)
        files = write_export(folder, subject, rows, datetime.now(UTC))
        mark_exported(connection, request.request_id)
    say(f"{sum(map(len, rows.values()))} rows of {len(rows)} tables written to {files[0]} and {files[1]}")


@app.command()
def erase(
    customers: Annotated[list[int], typer.Argument(help="The shop's numbers of the customers.")],
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, only count what would go.")] = False,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="They object: what comes of them later is not kept either.")
    ] = False,
) -> None:
    """Erase persons everywhere; orders stay without them.

    Many at once take little longer than one. Goes on where it was after a kill, told the same numbers. No replay, sync,
    full refresh or restore brings the person back; with --for-good, neither does anything they do later.
    \f
    Raises RuntimeError when a sync runs or a file of the archive cannot be verified.
    """
    import psycopg

    from comptoir.settings import settings_at_start
    from ingestion.sync_report import IngestionError
    from privacy.requests import request_of
    from privacy.suppression import FOR_GOOD

    forgetting = _forgetting()
    subject = forgetting.subject(*map(str, customers), erased_before=FOR_GOOD if for_good else None)
    if not apply:
        _say_counts(forgetting.would_erase(subject))
        say("a dry run: nothing changed, and the archive is not counted; --apply does it")
        return
    with psycopg.connect(settings_at_start().database_url_as("privacy"), autocommit=True) as connection:
        requests = [request_of(connection, "customers/redact", customer).request_id for customer in customers]
    with expected(IngestionError):
        forgetting.erase(requests, subject, lambda step, counts: say(f"{step}: {sum(counts.values())} rows"))
    whom = f"customer {customers[0]} is" if len(customers) == 1 else f"{len(customers)} customers are"
    say(f"{whom} erased; Kafka forgets by its retention, or by `comptoir privacy empty-log`")


@app.command()
def verify(customer: Customer) -> None:
    """Count the rows that still name a person.

    Exits with 1 when there are any.
    \f
    Raises typer.Exit (1) then.
    """
    forgetting = _forgetting()
    left = forgetting.left(forgetting.subject(str(customer)))
    _say_counts(left)
    if left:
        raise fail(f"Customer {customer} is still in {len(left)} places.")
    say(f"nothing names customer {customer}")


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is older than its term.")] = False,
) -> None:
    """Take out what is older than its term.

    The terms stand on privacy/map.yml; Dagster does it daily. Sales stay: of an old order only the customer goes.
    \f
    Raises RuntimeError when a day of raw is in use, typer.Exit (1) when rows came meanwhile: run it again.
    """
    from comptoir.settings import settings_at_start
    from orchestration.retention import overdue, retain_all

    settings = settings_at_start()
    if dry_run:
        _say_counts({name: age.overdue_count for name, age in overdue(settings).items()})
        say("a dry run: nothing changed")
        return
    left = []
    for one in retain_all(settings):
        if one.rows_gone:
            _say_counts({one.term.rule.name: one.rows_gone})
        if one.age.overdue_count:
            left.append(one.term.rule.name)
    if left:
        raise fail(f"Rows that are too old were written meanwhile to {', '.join(left)}: run it again.")
    say("nothing is older than its term")


@app.command()
def empty_log(
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, only count what would go.")] = False,
) -> None:
    """Delete from Kafka what was landed and streamed.

    Of everybody: for an erasure that must not wait until the records expire. Make a backup before: what came since the
    last one is in raw alone from then on.
    \f
    Raises KafkaUnavailable when no broker answers or the user may not delete.
    """
    from comptoir.audit import operator
    from comptoir.settings import settings_at_start
    from ingestion.clickstream.errors import KafkaUnavailable
    from ingestion.clickstream.read_records import read_records
    from privacy.journal import Journal

    settings = settings_at_start()
    topics = settings.clicks_topic, settings.clicks_bad_topic
    with expected(KafkaUnavailable):
        found = read_records(settings.kafka_as("privacy"), settings.database_url_as("privacy"), *topics, delete=apply)
    _say_counts({topic: records.read for topic, records in found.items()})
    if unread := sum(records.unread for records in found.values()):
        say(f"{unread} records stay, because lander or stream have not read them yet: repeat it later")
    if not apply:
        say("a dry run: nothing changed; --apply does it")
        return
    counts = {topic: records.read for topic, records in found.items()}
    Journal(settings.privacy_journal).append(operator(), "log emptied", "by hand", counts=counts)
    say("deleted; their bytes leave the disk with their segment")


@app.command()
def close(request: Annotated[str, typer.Argument(help="The id that `requests` shows in brackets.")]) -> None:
    """Close a request that somebody carried out by hand.

    That of a guest, of whom nothing but orders is stored, or of a whole shop.
    \f
    Raises RequestError when no open request is called so.
    """
    import psycopg

    from comptoir.audit import operator
    from comptoir.settings import settings_at_start
    from privacy.journal import Journal
    from privacy.requests import close_by_hand, request_by_id

    settings = settings_at_start()
    with psycopg.connect(settings.database_url_as("privacy"), autocommit=True) as connection:
        close_by_hand(connection, request_by_id(connection, request), operator())
    Journal(settings.privacy_journal).append(operator(), "closed by hand", request)
    say(f"request {request} is closed")


@app.command()
def rotate_key() -> None:
    """Give the pseudonyms of customers a new key.

    Clicks get new names from then on; a customer stays one. Older keys stay, to know whom older clicks are about.
    Events that come while the collector starts again are sent again by their clients.
    \f
    Raises RuntimeError when the key is not in secrets.env, or while a run of Dagster uses the old one.
    """
    from comptoir.settings import settings_at_start
    from local.key_rotation import rotate_pseudonym_key

    rotate_pseudonym_key(settings_at_start(), say)


@app.command()
def reapply() -> None:
    """Erase again, after a restore, whoever was erased before.

    By the journal, which is outside the database. Run it before any other process starts.
    \f
    Raises RuntimeError when the journal was changed, or as `erase` does.
    """
    from ingestion.sync_report import IngestionError

    with expected(IngestionError):
        count = _forgetting().reapply(lambda step, counts: say(f"{step}: {sum(counts.values())} rows"))
    say(f"{count} persons erased again")


def _forgetting() -> Forgetting:
    from comptoir.settings import settings_at_start
    from local.forgetting import Forgetting

    return Forgetting(settings_at_start())


def _say_counts(counts: dict[str, int]) -> None:
    for table, rows in sorted(counts.items()):
        say(f"{rows:>8} {table}")
