"""An erased person is found in no byte of the installation, and no replay, sync, full refresh or restore brings them
back; everybody else, and the sales, stay as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from typer.testing import CliRunner

from benchmarks.support.clicks import event
from cli.app import app
from comptoir.settings import get_settings
from ingestion.clickstream.records import Position, read_record, record_at
from ingestion.clickstream.replay import BadFilter, replay_bad
from ingestion.clickstream.store import store
from ingestion.forgotten_customers import Forgotten, forget_suppressed
from ingestion.shop_persons import PERSONS
from privacy import erasure
from privacy.data_map import data_map
from privacy.export import write_export
from privacy.journal import Journal
from privacy.requests import open_requests, request_of
from privacy.suppression import suppression
from streaming import new_events
from tests.support.landing import TOPIC, execute, land_values, rows
from tests.support.planted import SHARED, Planted, order_of
from tests.support.planted_shop import SALES, PlantedShop
from tests.support.streams import Stream
from tests.support.warehouse_fixtures import PSEUDONYM_KEY, insert

pytestmark = pytest.mark.services

PEOPLE = [Planted(number) for number in range(6)]
ERASED, KEPT = PEOPLE[:3], PEOPLE[3:]
WORDS = [word for person in ERASED for word in person.identifiers]
OTHERS = [word for person in KEPT for word in person.identifiers]


class Killed(BaseException):
    """As a process that is killed: nothing after it runs."""


class Shop(PlantedShop):
    """A built warehouse with planted customers, of whom three are erased, one after the other."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder, PEOPLE)
        self.by_webhook(ERASED[0], "customers/data_request", handled="now()")
        self.by_webhook(ERASED[0], "customers/redact", handled="null")
        self.before, self.others = self.found(WORDS), self.found(OTHERS)
        self.dry = self.forgetting.would_erase(self.forgetting.subject(str(ERASED[0].customer_id)))
        self.exported = {
            person: self.forgetting.export("test", self.forgetting.subject(str(person.customer_id)))
            for person in (ERASED[0], KEPT[0])
        }
        self.untouched = self.found(WORDS)
        for person in ERASED:
            self.erase(person)


@pytest.fixture(scope="module")
def shop(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(make_database(), tmp_path_factory.mktemp("forgetting"))


def test_they_were_everywhere_and_are_nowhere(shop: Shop) -> None:
    places = {place for place, _ in shop.before}
    assert {"raw_shop.customers", "pii.customer_pseudonyms", "marts.fct_sessions", "serving.visitor_events"} <= places
    assert {"raw_clickstream.bad_events", "raw_clickstream.duplicate_events", "ops.failed_rows"} <= places
    assert "archive" in places and len(places) > 15
    assert {word for _, word in shop.before} == set(WORDS)
    assert shop.found(WORDS) == []
    for person in ERASED:
        assert shop.forgetting.left(shop.forgetting.subject(str(person.customer_id))) == {}
    with psycopg.connect(shop.url) as connection:
        assert open_requests(connection) == []
        answered = "select count(*) from pii.privacy_requests where customer_id is null and payload = '{}'"
        assert connection.execute(answered).fetchone() == (4,)
    assert rows(shop.url, "select count(*) from pii.erasures where finished_at is null or subject is not null") == [
        (0,)
    ]


def test_nobody_else_lost_anything(shop: Shop) -> None:
    assert sorted(shop.found(OTHERS)) == sorted(shop.others)
    assert rows(shop.url, "select count(*) from raw_clickstream.events where anonymous_id = %s", SHARED) == [(6,)]
    left = shop.forgetting.left(shop.forgetting.subject(str(KEPT[0].customer_id)))
    assert left["archive"] == 2 and left["raw_clickstream.events"] == 7 and left["raw_shop.orders"] == 1


def test_the_orders_stay_without_them(shop: Shop) -> None:
    assert rows(shop.url, SALES) == shop.sales
    orders = [str(person.order_id) for person in ERASED]
    assert rows(
        shop.url,
        "select customer_pseudonym, count(*) from marts.fct_orders where order_id = any(%s) group by 1",
        orders,
    ) == [(None, 3)]


def test_a_dry_run_and_an_export_change_nothing(shop: Shop) -> None:
    assert shop.dry["raw_clickstream.events"] == 7 and shop.dry["raw_shop.customers"] == 1
    assert sorted(shop.untouched) == sorted(shop.before)


def test_the_counts_are_those_of_the_others(shop: Shop) -> None:
    visitors = {visitor for (visitor,) in rows(shop.url, "select distinct visitor_id from serving.visitor_events")}
    assert visitors == {person.devices[0] for person in KEPT}
    assert rows(shop.url, "select views_count from serving.product_counts where product_id = 'a'") == [(3,)]


def test_an_export_is_every_row_about_them_and_nobody_elses(shop: Shop, tmp_path: Path) -> None:
    for person, exported in shop.exported.items():
        text = msgspec.json.encode(exported).decode()
        others = [word for other in PEOPLE if other != person for word in other.identifiers]
        assert [word for word in others if word in text] == []
        assert {
            "raw_shop.customers",
            "raw_shop.orders",
            "raw_clickstream.events",
            "marts.fct_orders",
        } <= exported.keys()
        # a browser's other events may be another's: anybody could have named this customer in it
        assert {row["user_id"] for row in exported["raw_clickstream.events"]} == {person.pseudonym}
        subject = shop.forgetting.subject(str(person.customer_id))
        files = write_export(tmp_path / str(person.number), subject, exported, datetime.now(UTC))
        assert all(file.stat().st_mode & 0o077 == 0 for file in files)
        page = files[1].read_text()
        assert person.pseudonym in page and "<script" not in page and "marts.fct_orders" in page


def test_no_replay_brings_them_back(shop: Shop) -> None:
    events = rows(shop.url, "select count(*) from raw_clickstream.events")
    for restore_missing in (False, True):
        with psycopg.connect(shop.url) as connection, connection.cursor() as cursor:
            assert store(cursor, shop.records(), restore_missing).events == 0
    # the same id with another payload, and what is in the log and was never landed
    again = [value.replace(b"Headphones", b"Else") for person in ERASED for value in person.values()[:3]]
    new = [value.replace(b'"messageId":"', b'"messageId":"new-') for person in ERASED for value in person.values()]
    in_an_address = f'{{"url": "https://shop.example/?visitor={ERASED[0].devices[0]}&x=1'.encode()  # refused as it ends
    land_values(shop.url, again, first_offset=1_000, group="again")
    landed = land_values(shop.url, [*new, in_an_address], first_offset=2_000, group="new")
    assert (landed.events, landed.bad) == (0, len(ERASED) + 1)
    bytes_kept = """
        select count(*) from raw_clickstream.bad_events
        where "offset" >= 2000 and (payload is not null or bytes_count is null or bytes_forgotten_at is null)
    """
    assert rows(shop.url, bytes_kept) == [(0,)]
    # a refused record that came back by another way, and would be an event today
    execute(
        shop.url,
        "insert into raw_clickstream.bad_events (topic, partition, \"offset\", reason, payload)"
        " values (%s, 0, 3000, 'old_contract', %s)",
        TOPIC, new[0],
    )  # fmt: skip
    replayed = replay_bad(shop.url, BadFilter("old_contract"), lambda *_: pytest.fail("of this topic"), "other", True)
    assert (replayed.counts["examined"], replayed.counts["events"]) == (1, 0)
    assert rows(shop.url, "select count(*) from raw_clickstream.events") == events
    assert shop.found(WORDS) == []


def test_what_they_do_later_is_theirs_again(shop: Shop) -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    value = msgspec.json.decode(ERASED[0].values()[0])
    value |= {"messageId": "later", "receivedAt": later, "timestamp": later}
    with psycopg.connect(shop.url) as connection, connection.cursor() as cursor:
        connection.execute("select raw_clickstream.add_day(%s)", [later.date()])
        landed = store(cursor, [read_record(record_at(Position(TOPIC, 0, 9_000), msgspec.json.encode(value)))])
        connection.rollback()
    assert landed.events == 1


def test_no_sync_brings_them_back(shop: Shop) -> None:
    persons = PERSONS["shopify"]
    account = msgspec.json.encode({"id": ERASED[0].customer_id, "updated_at": "2026-11-01T00:00:00Z"})
    order = msgspec.json.encode(order_of(ERASED[0]))
    with psycopg.connect(shop.url, autocommit=True) as connection:
        forgotten = Forgotten(connection, persons)
        assert forgotten.cut("customers", account) is None
        cut = forgotten.cut("orders", order)
        assert cut and msgspec.json.decode(cut) == msgspec.json.decode(order) | {"customer": None}
        other = msgspec.json.encode(order_of(KEPT[0]))
        assert forgotten.cut("orders", other) == other
        # an Airbyte server knows no list: its rows are cut after its job
        with connection.transaction():
            insert(connection, "raw_shop.customers", id=ERASED[0].customer_id)
            insert(connection, "raw_shop.orders", **order_of(ERASED[0]) | {"id": 999})
        assert forget_suppressed(connection, persons) == {"raw_shop.customers": 1, "raw_shop.orders": 1}
        connection.execute("delete from raw_shop.orders where id = 999")
    assert shop.found(WORDS) == []


def test_no_log_that_is_read_again_counts_them(shop: Shop) -> None:
    stream = Stream(shop.url)
    batch = stream.rows([event("a", 1, visitor_id=person.devices[0]) for person in (ERASED[0], KEPT[0])])
    kept = new_events.not_erased(stream.connection, batch, suppression())
    assert [row.event.visitor_id for row in kept] == [KEPT[0].devices[0]]
    stream.connection.close()


def test_no_full_refresh_brings_them_back(shop: Shop) -> None:
    shop.build("--select", "stg_clickstream__events", "int_events__sessionized", "stg_shop__orders", "fct_orders")
    assert shop.found(WORDS) == [] and rows(shop.url, SALES) == shop.sales
    shop.build("--full-refresh")
    assert shop.found(WORDS) == [] and rows(shop.url, SALES) == shop.sales
    shop.dbt("test", "--select", "test_type:singular")  # the marts agree with each other


def test_a_restored_backup_forgets_them_by_the_journal(shop: Shop) -> None:
    execute(shop.url, "truncate pii.suppressed")
    with psycopg.connect(shop.url) as connection:
        insert(connection, "raw_shop.customers", id=ERASED[1].customer_id)
        connection.execute(
            "insert into pii.customer_pseudonyms values (%s, %s)", [ERASED[1].customer_id, ERASED[1].pseudonym]
        )
    execute(shop.url, "delete from raw_clickstream.event_ids where erased_at is not null")
    with psycopg.connect(shop.url) as connection, connection.cursor() as cursor:
        assert store(cursor, shop.records()[11:18]).events > 5
    assert shop.found(WORDS)
    assert shop.forgetting.reapply() == 1
    assert shop.found(WORDS) == []


def test_a_killed_erasure_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    person, ran = KEPT[2], []
    run = erasure._run

    def dying(connection: Any, erasure_id: Any, step: Any, subject: Any) -> Any:
        if step.name == "archive" and "archive" not in ran:
            ran.append(step.name)
            step.erase(connection, subject)  # done, and killed before it is recorded
            raise Killed
        return run(connection, erasure_id, step, subject)

    with monkeypatch.context() as killed, pytest.raises(Killed):
        killed.setattr(erasure, "_run", dying)
        shop.erase(person)
    assert shop.found(person.identifiers)
    shop.erase(person)
    assert shop.found(person.identifiers) == []
    assert [entry.action for entry in Journal(shop.settings.privacy_journal).entries()][-2:] == [
        "erase begun",
        "erase finished",
    ]


def test_who_goes_on_browsing_does_not_keep_it_open(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    person = KEPT[1]
    subject = shop.forgetting.subject(str(person.customer_id))
    with psycopg.connect(shop.url, autocommit=True) as connection:
        request = request_of(connection, "customers/redact", person.customer_id)
    with (
        monkeypatch.context() as busy,
        pytest.raises(erasure.ErasureError, match=r"2 of marts\.fct_sessions.*run it again"),
    ):
        busy.setattr(erasure, "rows_left", lambda *_: {"marts.fct_sessions": 2})
        shop.forgetting.erase([request.request_id], subject)
    before = rows(shop.url, "select max(erased_before) from pii.erasures where finished_at is null")[0][0]
    assert before > subject.erased_before
    shop.forgetting.erase([request.request_id], subject)
    assert shop.found(person.identifiers) == []
    assert rows(shop.url, "select count(*) from pii.suppressed where erased_before = %s", before)[0][0] >= 3


def test_the_commands(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", shop.url)
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(shop.settings.data_dir))
    monkeypatch.setenv("COMPTOIR_PSEUDONYM_KEY", PSEUDONYM_KEY)
    get_settings.cache_clear()
    erased, kept = str(ERASED[0].customer_id), str(KEPT[0].customer_id)
    try:
        run = CliRunner().invoke
        nobody, somebody = run(app, ["privacy", "verify", erased]), run(app, ["privacy", "verify", kept])
        dry = run(app, ["privacy", "erase", kept])
        exported = run(app, ["privacy", "export", kept, str(tmp_path / "out")])
        asked = run(app, ["privacy", "requests"])
        unknown = run(app, ["privacy", "close", "never made"])
    finally:
        get_settings.cache_clear()
    assert nobody.exit_code == 0 and f"nothing names customer {erased}" in nobody.output
    assert somebody.exit_code == 1 and "raw_shop.customers" in somebody.output
    assert dry.exit_code == 0 and "dry run" in dry.output and "marts.fct_sessions" in dry.output
    assert exported.exit_code == 0 and {file.name for file in (tmp_path / "out").iterdir()} == {
        "data.json",
        "data.html",
    }
    assert asked.exit_code == 0 and "no open request" in asked.output
    assert unknown.exit_code == 1 and "comptoir privacy requests" in " ".join(unknown.output.split())


def test_every_column_of_the_warehouse_is_in_the_map(shop: Shop) -> None:
    columns = rows(
        shop.url,
        "select table_schema || '.' || table_name, column_name from information_schema.columns"
        " where table_schema not in ('pg_catalog', 'information_schema')",
    )
    known = data_map()
    assert [(table, column) for table, column in columns if known.kind_of(table, column) is None] == []
    assert [table for table, _ in columns if known.rule_of(table) is None] == []
