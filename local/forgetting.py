"""The stores of an installation together: who a request is about, and the steps by which each store forgets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

import psycopg

from bi.tableau import MartMissing
from bi.tableau_extract import write_extract
from bi.tableau_package import package_of
from comptoir.audit import operator
from comptoir.settings import Settings
from ingestion.airbyte.lock import sync_lock
from ingestion.clickstream.erasure import erase_archive, erase_events, owners_in_archive, rows_in_archive
from ingestion.forgotten_customers import eraser, rows_of_customers
from ingestion.shop_persons import PERSONS
from privacy import erasure
from privacy.erasure import Counts, Step
from privacy.export import Rows, export_person
from privacy.journal import Journal
from privacy.person_rows import rows_left
from privacy.requests import request_of
from privacy.subject import Subject, find_subject
from privacy.suppression import add_digests, suppression
from streaming.erasure import erase_serving

OnStep = Callable[[str, Counts], None]


class Forgetting:
    """Erases, exports and verifies persons of one installation; every method raises psycopg.Error."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._journal = Journal(settings.privacy_journal)
        self._persons = PERSONS[settings.shop_platform]

    def subject(self, *customer_ids: str, erased_before: datetime | None = None) -> Subject:
        """Who customers of the shop are, everywhere."""
        with self._connected() as connection:
            return self._subject(connection, customer_ids, erased_before or datetime.now(UTC))

    def erase(self, requests: Sequence[str], subject: Subject, on_step: OnStep = lambda step, counts: None) -> Counts:
        """Erase the persons who made these requests; returns rows by table.

        Raises IngestionError while the shop is read, ErasureError when something was written meanwhile, ArchiveError
        for a file that cannot be verified: it goes on from there when it is called again.
        """
        # no sync may bring back what it read before it knew
        with sync_lock(self._settings.database_url_as("privacy"), "raw_shop"), self._connected() as connection:
            last = [Step("Tableau extract", self._write_extract_again, False)]
            return erasure.erase(connection, self._journal, operator(), requests, subject, self._steps(), on_step, last)

    def would_erase(self, subject: Subject) -> Counts:
        """What an erasure would take out: it is done, counted and rolled back; the archive is only looked through."""
        with self._connected() as connection, connection.transaction(force_rollback=True):
            counts: Counts = {}
            for step in (*self._steps(), Step("built", erasure.erase_built_tables)):
                if step.is_transaction:
                    counts |= step.erase(connection, subject)
            return counts

    def left(self, subject: Subject) -> Counts:
        """Rows that name the person, by table; none after an erasure."""
        with self._connected() as connection:
            shop = rows_of_customers(connection, self._persons, subject.customer_ids)
            counts = {table: len(rows) for table, rows in shop.items()} | rows_left(connection, subject)
            archived = rows_in_archive(connection, self._settings.archive_dir, subject)
            return counts | ({"archive": archived} if archived else {})

    def export(self, request_id: str, subject: Subject) -> Rows:
        """Every row about the person and nobody else's, and a line in the journal."""
        with self._connected() as connection:
            rows = export_person(
                connection, subject, rows_of_customers(connection, self._persons, subject.customer_ids)
            )
        counts = {table: len(found) for table, found in rows.items()}
        self._journal.append(operator(), "export", request_id, counts=counts)
        return rows

    def reapply(self, on_step: OnStep = lambda step, counts: None) -> int:
        """After a restore: erase again everybody whom the journal knows and the database has; returns how many.

        Raises JournalError when the journal was changed, and what `erase` raises.
        """
        erased: dict[str, datetime] = {}
        for entry in self._journal.entries():
            if entry.erased_before:
                erased |= dict.fromkeys(entry.digests, entry.erased_before)
        with self._connected() as connection:
            for digest, before in erased.items():
                add_digests(connection, [bytes.fromhex(digest)], before)
            known = self._customers(connection)
            back = suppression().known(connection, "customer", known)
        for customer_id, before in back.items():
            with self._connected() as connection:
                request = request_of(connection, "customers/redact", int(customer_id))
            self.erase([request.request_id], self.subject(customer_id, erased_before=before), on_step)
        with self._connected() as connection:
            visitors = self._visitors(connection)
        if visitors:  # whose browsers they were is not known any more
            self.erase(["reapply"], Subject([], [], sorted(visitors), max(visitors.values())), on_step)
        return len(back)

    def _subject(self, connection: psycopg.Connection, customer_ids: Sequence[str], before: datetime) -> Subject:
        key = self._settings.pseudonym_key.get_secret_value()
        archived = owners_in_archive(connection, self._settings.archive_dir)
        return find_subject(connection, customer_ids, key, self._settings.shop_platform, before, archived)

    def _steps(self) -> list[Step]:
        folder = self._settings.archive_dir
        return [
            Step("shop", eraser(self._persons)),
            Step("clicks", erase_events),
            Step("archive", lambda connection, subject: erase_archive(connection, folder, subject), False),
            Step("serving", erase_serving),
        ]

    def _write_extract_again(self, connection: psycopg.Connection, subject: Subject) -> Counts:
        """The files go first: after a kill there are none until the next daily run."""
        file = self._settings.tableau_extract
        there = [one for one in (file, package_of(file)) if one.exists()]
        for one in there:
            one.unlink()
        if there:
            with suppress(MartMissing):
                write_extract(self._settings.database_url_as("reporter"), file)
        return {}

    def _visitors(self, connection: psycopg.Connection) -> dict[str, datetime]:
        """Visitors with events of before their erasure."""
        rows = connection.execute(
            "select anonymous_id, min(received_at) from raw_clickstream.events group by 1"
            " union all select visitor_id, min(occurred_at) from serving.visitor_events group by 1"
        ).fetchall()
        erased = suppression().known(connection, "visitor", [visitor for visitor, _ in rows])
        return {visitor: erased[visitor] for visitor, first in rows if visitor in erased and first <= erased[visitor]}

    def _customers(self, connection: psycopg.Connection) -> list[str]:
        known = {str(number) for (number,) in connection.execute("select customer_id from pii.customer_pseudonyms")}
        there = connection.execute("select to_regclass('raw_shop.customers') is not null").fetchone()
        if there and there[0]:
            known |= {str(number) for (number,) in connection.execute("select id from raw_shop.customers")}
        return sorted(known)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        url = self._settings.database_url_as("privacy")
        with closing(psycopg.connect(url, autocommit=True, application_name="comptoir-privacy")) as connection:
            connection.execute("set timezone to 'UTC'")
            # a killed erasure leaves no statement behind that the next one would wait for
            connection.execute("set client_connection_check_interval to '10s'")
            yield connection
