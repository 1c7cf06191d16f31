"""Replays: dry runs with exact counts, idempotent, in the audit log; replaying a complete topic changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from typer.testing import CliRunner

from benchmarks.support.events import NOW, client_event, wire
from benchmarks.support.kafka_records import produce
from cli import app
from collector.revalidation import revalidate_refused_event
from comptoir import settings
from events import envelope
from events.rejection import Rejected
from ingestion.clickstream import landing
from ingestion.clickstream.archive import archive_old_days
from ingestion.clickstream.replay import BadFilter, Replay, between_offsets, between_times, replay_bad, replay_range
from tests.support.landing import TOPIC, assert_no_gap, execute, hashes, land_values, rows

pytestmark = pytest.mark.services

BAD_TOPIC = "clicks.bad"
ALL = BadFilter()


def again(database: str, chosen: BadFilter = ALL, apply: bool = False) -> Replay:
    return replay_bad(database, chosen, lambda value, at: revalidate_refused_event(value, at, "key"), BAD_TOPIC, apply)


@pytest.fixture
def refused_then_allowed(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Deeply nested events, landed while the contract allowed fewer levels; now it allows them."""
    deep: dict[str, Any] = {}
    for _ in range(6):
        deep = {"in": [deep]}
    values = [wire(messageId=f"m{n % 3}", properties={"product_id": str(n), "deep": deep}) for n in range(4)]
    with monkeypatch.context() as strict:
        strict.setattr(envelope, "MAX_DEPTH", 5)
        assert land_values(database, [*values, b"never good", wire(messageId="m1")]).bad == 5
    return database


def test_bad_events_of_a_reason_move_to_events(refused_then_allowed: str) -> None:
    database = refused_then_allowed
    before = hashes(database)
    dry = again(database, BadFilter(reason="too_deep"))
    expected = {"examined": 4, "still_bad": 0, "events": 2, "duplicates": 2, "conflicts": 2}
    assert (dry.counts, dry.is_applied) == (expected, False)
    assert hashes(database) == before
    assert rows(database, "select count(*) from ops.audit_log") == [(0,)]

    assert again(database, BadFilter(reason="too_deep"), apply=True).counts == expected
    assert rows(database, "select reason from raw_clickstream.bad_events") == [("invalid_json",)]
    assert_no_gap(database, TOPIC)
    [audit] = rows(database, "select actor, action, subject, counts from ops.audit_log")
    assert "@" in audit[0]
    assert audit[1:] == ("replay bad", {"reason": "too_deep"}, expected)

    once = hashes(database)
    assert again(database, BadFilter(reason="too_deep"), apply=True).counts["examined"] == 0
    assert hashes(database) == once


def test_bad_events_are_chosen_by_when_they_landed(refused_then_allowed: str) -> None:
    now = datetime.now(UTC)
    assert again(refused_then_allowed, BadFilter(since=now + timedelta(hours=1))).counts["examined"] == 0
    assert again(refused_then_allowed, BadFilter(until=now - timedelta(hours=1))).counts["examined"] == 0
    last_hour = BadFilter(since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    assert again(refused_then_allowed, last_hour).counts["examined"] == 5


def test_event_the_collector_refused_is_collected_anew_with_the_pseudonym_it_has(database: str) -> None:
    kept = json.encode(client_event(messageId="m", userId="pseudonym", anonymousId=None))
    alias = json.encode({"type": "alias", "userId": "a", "previousId": "b"})
    execute(
        database,
        "insert into raw_clickstream.bad_events values ('clicks.bad', 0, 0, 'invalid_field', 'x', %s, %s),"
        " ('clicks.bad', 0, 1, 'invalid_field', 'x', %s, %s), ('clicks.bad', 0, 2, 'invalid_json', 'x', %s, %s)",
        kept, NOW, alias, NOW, b"\xff no event", NOW,
    )  # fmt: skip
    assert again(database, apply=True).counts == {
        "examined": 3, "still_bad": 2, "events": 1, "duplicates": 0, "conflicts": 0,
    }  # fmt: skip
    [landed] = rows(
        database,
        "select event_id, user_id, anonymous_id, received_at, kafka_topic, kafka_offset from raw_clickstream.events",
    )
    assert landed == ("m", "pseudonym", "pseudonym", NOW, BAD_TOPIC, 0)
    before = hashes(database)
    land_values(database, [kept, alias], topic=BAD_TOPIC)  # the log again, with the collector's old verdict
    assert hashes(database) == before


@pytest.mark.parametrize(
    ("value", "reason"), [(b"[1]", "invalid_json"), (b"{}", "missing_field"), (b"", "invalid_json")]
)
def test_bytes_that_are_still_no_event_stay_bad(value: bytes, reason: str) -> None:
    outcome = revalidate_refused_event(value, NOW, "key")
    assert isinstance(outcome, Rejected) and outcome.reason == reason


@pytest.fixture
def landed(kafka: str, database: str, topics: tuple[str, str]) -> tuple[str, str, list[str]]:
    """Addresses of both topics with 30 events in each partition, two bad ones and a repeat, all landed."""
    for partition in (0, 1):
        values = [wire(messageId=f"{partition}-{number}") for number in range(30)]
        produce(kafka, topics[0], [*values[:20], b"bad", *values[20:], values[3]], partition=partition)
    landing.land(kafka, database, [*topics])
    return kafka, database, [*topics]


def everything(landed: tuple[str, str, list[str]], apply: bool = True) -> dict[str, int]:
    return replay_range(*landed[:2], between_times(None, None), landed[2], {}, apply).counts


def test_replaying_the_whole_topic_changes_nothing(landed: tuple[str, str, list[str]]) -> None:
    before = hashes(landed[1])
    counts = everything(landed)
    assert hashes(landed[1]) == before
    assert (counts.pop("examined"), counts.pop("unchanged")) == (64, 64)
    assert set(counts.values()) == {0}


def test_rows_a_day_has_lost_come_back_but_not_erased_or_archived_ones(
    landed: tuple[str, str, list[str]], kafka: str, tmp_path: Path
) -> None:
    _, database, topics = landed
    old = [wire(messageId=f"old-{n}", receivedAt=datetime.now(UTC) - timedelta(days=30)) for n in range(2)]
    produce(kafka, topics[0], old, partition=0)
    landing.land(kafka, database, topics)
    assert archive_old_days(database, tmp_path, live_days=20)[0].rows == 2
    before = hashes(database)
    execute(database, "delete from raw_clickstream.events where event_id like '0-%'")
    execute(database, "delete from raw_clickstream.events where event_id = '1-7'")
    execute(database, "update raw_clickstream.event_ids set erased_at = now() where event_key = md5('1-7')::uuid")
    assert everything(landed, apply=False)["restored"] == 30
    assert rows(database, "select count(*) from raw_clickstream.events") == [(29,)]
    counts = everything(landed)
    assert (counts["restored"], counts["events"], counts["unchanged"]) == (30, 0, 36)
    assert rows(database, "select count(*) from raw_clickstream.events") == [(59,)]
    assert everything(landed)["restored"] == 0
    assert hashes(database)[2:] == before[2:]


def test_range_of_offsets_and_of_time(landed: tuple[str, str, list[str]]) -> None:
    kafka, database, topics = landed
    counts = replay_range(kafka, database, between_offsets(topics[0], 1, 5, 12), topics[:1], {}).counts
    assert (counts["examined"], counts["unchanged"]) == (7, 7)
    future = between_times(datetime.now(UTC) + timedelta(minutes=1), None)
    assert replay_range(kafka, database, future, topics, {}).counts["examined"] == 0
    recent = between_times(datetime.now(UTC) - timedelta(minutes=10), datetime.now(UTC) + timedelta(minutes=1))
    assert replay_range(kafka, database, recent, topics, {}).counts["examined"] == 64


def test_what_the_lander_has_not_landed_is_left_to_it(landed: tuple[str, str, list[str]]) -> None:
    kafka, database, topics = landed
    produce(kafka, topics[0], [wire(), b"bad"])
    assert everything(landed)["examined"] == 64
    assert landing.land(kafka, database, topics).records == 2


def test_lost_offsets_and_rows_are_found_by_a_replay(landed: tuple[str, str, list[str]]) -> None:
    """An operator skipped offsets too early: the records are in the log after all."""
    _, database, topics = landed
    before = hashes(database)
    for table in ("events", "event_ids", "bad_events", "duplicate_events"):
        execute(database, f"truncate raw_clickstream.{table}")
    counts = everything(landed)
    assert (counts["events"], counts["bad"], counts["duplicates"]) == (60, 2, 2)
    assert [table[0][0] for table in hashes(database)] == [table[0][0] for table in before]
    assert_no_gap(database, topics[0])


def test_command_counts_first_and_applies_when_told(
    landed: tuple[str, str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka, database, topics = landed
    monkeypatch.setenv("COMPTOIR_KAFKA_BOOTSTRAP", kafka)
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", database)
    monkeypatch.setenv("COMPTOIR_CLICKS_TOPIC", topics[0])
    monkeypatch.setenv("COMPTOIR_CLICKS_BAD_TOPIC", topics[1])
    settings.get_settings.cache_clear()
    monkeypatch.setattr("ingestion.clickstream.replay.BATCH_RECORDS", 10)
    execute(database, "delete from raw_clickstream.events where event_id = '0-4'")
    run = CliRunner().invoke
    try:
        dry = run(app.app, ["clicks", "replay", "range"])
        offsets = ["--partition", "0", "--from-offset", "0", "--to-offset", "10"]
        done = run(app.app, ["clicks", "replay", "range", *offsets, "--apply"])
        bad = run(app.app, ["clicks", "replay", "bad", "--reason", "invalid_json"])
        wrong = run(app.app, ["clicks", "replay", "range", "--partition", "0"])
        never = run(app.app, ["clicks", "restore-archive", "2020-01-01"])
        landing = run(app.app, ["clicks", "land"])
    finally:
        settings.get_settings.cache_clear()
    assert "restored                     1" in dry.output and "dry run" in dry.output
    assert "restored                     1" in done.output and "applied" in done.output
    assert "still bad                    2" in bad.output and bad.exit_code == 0
    assert wrong.exit_code == 2
    assert never.exit_code == 1 and "never archived" in never.output
    assert landing.exit_code == 0 and "records=0" in landing.output
    [(subject,)] = rows(database, "select subject from ops.audit_log")
    assert (subject["from_offset"], subject["to_offset"]) == ("0", "10")
