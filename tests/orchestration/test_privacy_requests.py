"""A request that nobody answers is told in time, on Dagster and by an alert, and without a word about the person."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import psycopg
import pytest

from alerting.condition import Severity
from alerting.probes.privacy import look_at_privacy
from comptoir.audit import write_audit
from comptoir.settings import Settings
from orchestration.defs.audit import audit_log_is_unbroken
from orchestration.defs.privacy_requests import journal_is_unbroken, requests_are_answered_in_time
from privacy.journal import Journal
from tests.support.landing import execute

ASK = """
    insert into pii.privacy_requests (webhook_id, topic, shop_domain, customer_id, payload, received_at, due_at)
    values (%s, 'customers/redact', 'shop', 8123456789012, '{"email": "ada@example.org"}',
        now() - make_interval(days => %s), now() + make_interval(days => 30 - %s))
"""


def answer(check: object) -> dg.AssetCheckResult:
    assert isinstance(check, dg.AssetCheckResult)
    return check


@pytest.mark.services
def test_the_check_and_the_alert_say_how_late_and_not_whose(database: str) -> None:
    settings = Settings(postgres_url=database)
    for age, severity, key, words in (
        (19, None, None, "younger than 20 days"),
        (20, dg.AssetCheckSeverity.WARN, "privacy/due", "1 open for 20 days or more"),
        (31, dg.AssetCheckSeverity.ERROR, "privacy/late", "1 past the month that the law gives, 1 open for 20 days"),
    ):
        execute(database, ASK, f"webhook-{age}", age, age)
        check = answer(requests_are_answered_in_time(settings))
        with psycopg.connect(settings.database_url_as("watcher")) as watcher:
            alerts = look_at_privacy(settings, watcher)
        assert [alert.key for alert in alerts] == ([key] if key else [])
        assert check.passed is (key is None) and (key is None or check.severity is severity)
        for alert in alerts:
            assert alert.cause == check.description and alert.rows == ()
            assert (alert.severity is Severity.ERROR) is (key == "privacy/late")
        assert words in (check.description or "")
        assert not any(word in str(check) for word in ("8123456789012", "ada@", "webhook-"))
    execute(database, "update pii.privacy_requests set handled_at = now()")
    assert (
        answer(requests_are_answered_in_time(settings)).description
        == "No request of a person about their data is open."
    )


@pytest.mark.services
def test_a_line_of_the_audit_log_that_was_changed_fails_its_check(database: str) -> None:
    settings = Settings(postgres_url=database)
    with psycopg.connect(database, autocommit=True) as owner:
        for _ in range(2):
            write_audit(owner, "archive", {}, {}, "me@host")
        assert answer(audit_log_is_unbroken(settings)).passed
        owner.execute("update ops.audit_log set actor = 'no@host' where audit_id = 2")
    broken = answer(audit_log_is_unbroken(settings))
    assert not broken.passed and "Line 2 of ops.audit_log" in (broken.description or "")


@pytest.mark.services
def test_a_journal_that_was_changed_or_cut_fails_its_check(database: str, tmp_path: Path) -> None:
    settings = Settings(postgres_url=database, data_dir=tmp_path)
    assert answer(journal_is_unbroken(settings)).passed  # nobody asked yet
    for number in range(3):
        execute(
            database,
            "with begun as (insert into pii.erasures (erasure_id, request_id, erased_before)"
            " values (gen_random_uuid(), %s, now()) returning erasure_id)"
            " insert into pii.erasure_steps (erasure_id, step, counts) select erasure_id, 'suppress', '{}' from begun",
            f"r{number}",
        )
        Journal(settings.privacy_journal).append("me@host", "erase begun", f"r{number}")
    assert answer(journal_is_unbroken(settings)).description == "3 lines follow each other."
    lines = settings.privacy_journal.read_text().splitlines()
    for damaged, said in (
        ([lines[0].replace("r0", "r1"), *lines[1:]], "Line 2 of"),
        (lines[:1], "2 erasures of the database are not in"),
    ):
        settings.privacy_journal.write_text("\n".join(damaged) + "\n")
        broken = answer(journal_is_unbroken(settings))
        assert not broken.passed and said in (broken.description or "")
