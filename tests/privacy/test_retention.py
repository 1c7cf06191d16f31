"""Rows just before the end of their term go, those just after stay; in every table that ends by its age alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from benchmarks.support.servers import OPEN_PASSWORDS
from comptoir.postgres_url import with_login
from comptoir.settings import Settings
from privacy import retention
from privacy.data_map import Retention
from privacy.retention import RetentionError, Term, ages, retain, terms_of
from tests.support.landing import execute, rows

pytestmark = pytest.mark.services

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
# table -> a row, by its number and its time
INSERTS = {
    "raw_clickstream.bad_events": """(topic, partition, "offset", reason, landed_at) values ('t', 0, {n}, 'r', {at})""",
    "raw_clickstream.duplicate_events": """(topic, partition, "offset", event_id, is_conflict, landed_at)
        values ('t', 0, {n}, 'e', false, {at})""",
    "serving.visitor_persons": "(visitor_id, person_id, linked_at) values ('v', {n}::text, {at})",
    "serving.cart_removals": "(visitor_id, product_id, removed_at) values ('v', {n}::text, {at})",
    "serving.withdrawals": """(visitor_id, said_at, topic, partition, "offset") values ({n}::text, {at}, 't', 0, 1)""",
    "serving.recommendation_lists": """(visitor_id, slot, product_ids, scores, reasons, model_version, computed_at)
        values ({n}::text, 'home', array['1'], array[1], array['r'], 'm', {at})""",
    "serving.poison_records": """(query_name, topic, partition, "offset", event_id, reason, set_apart_at)
        values ('q', 't', 0, {n}, 'e', 'r', {at})""",
    "ops.failed_rows": """(gate, rule, table_name, row_data, run_id, failed_at)
        values ('g', {n}::text, 't', '1', 'r', {at})""",
    "ops.alerts": """(key, severity, title, cause, owners, seen_since, last_seen_at, closed_at)
        values ('k', 'error', {n}::text, 'c', array['o'], {at}, {at}, {at})""",
    "ops.alert_mutes": "(pattern, reason, muted_by, muted_until) values ({n}::text, 'r', 'm', {at})",
}


def term_of(table: str) -> Term:
    """The table's term by which rows or persons go."""
    return [term for term in terms_of(Settings(), NOW) if term.rule.table == table][-1]


def test_the_rows_just_before_the_end_go_and_the_next_ones_stay(database: str) -> None:
    terms = terms_of(Settings(), NOW)
    for table, insert in INSERTS.items():
        before = term_of(table).before
        for number, at in enumerate((before - MOMENT, before)):
            execute(database, f"insert into {table} " + insert.format(n=number, at=f"'{at.isoformat()}'::timestamptz"))
    execute(
        database,
        "insert into ops.alerts (key, severity, title, cause, owners, seen_since, last_seen_at)"
        " values ('open', 'error', 't', 'c', array['o'], '2020-01-01', now())",
    )
    with psycopg.connect(database, autocommit=True) as connection:
        found = {name: age.overdue_count for name, age in ages(connection, terms).items() if age.overdue_count}
        assert found == dict.fromkeys(INSERTS, 1)
        done = {one.term.rule.name: one for one in retain(connection, terms, {})}
        assert {name: done[name].rows_gone for name in INSERTS} == dict.fromkeys(INSERTS, 1)
        assert {name: done[name].age for name in INSERTS} == {name: (0, term_of(name).before) for name in INSERTS}
        assert sum(one.rows_gone for one in retain(connection, terms, {})) == 0
    assert rows(database, "select key from ops.alerts order by 1") == [("k",), ("open",)]


@pytest.mark.parametrize(
    ("columns", "customer"),
    [
        ("customer jsonb, processed_at timestamptz, created_at timestamptz", """'{"id": 1}'"""),  # Shopify
        ("customer_id bigint, created_at text", "1"),  # Magento
    ],
)
def test_an_old_order_stays_and_its_customer_goes(database: str, columns: str, customer: str) -> None:
    execute(database, f"create table raw_shop.orders (id bigint, {columns}, filler text default repeat('x', 900))")
    execute(database, "grant select, update on raw_shop.orders to privacy")
    before = term_of("raw_shop.orders").before
    column = columns.split()[0]
    for number, at in enumerate((before - timedelta(seconds=1), before)):
        execute(
            database,
            f"insert into raw_shop.orders (id, {column}, created_at) select n * 2 + {number}, {customer}, %s"
            " from generate_series(1, 500) as n",
            f"{at:%Y-%m-%d %H:%M:%S}",
        )
    privacy = with_login(database, "privacy", OPEN_PASSWORDS["privacy"])
    with pytest.MonkeyPatch.context() as small, psycopg.connect(privacy, autocommit=True) as connection:
        small.setattr(retention, "PAGES_AT_A_TIME", 7)
        [orders] = retain(connection, [term_of("raw_shop.orders")], {})
    assert orders.rows_gone == 500 and orders.age == (0, before)
    query = f"select count(*), count({column}), count({column}) filter (where id % 2 = 0) from raw_shop.orders"
    assert rows(database, query) == [(1000, 500, 0)]


def test_an_imported_order_is_as_old_as_it_was_elsewhere(database: str) -> None:
    term = term_of("raw_shop.orders")
    execute(database, "create table raw_shop.orders (customer jsonb, processed_at timestamptz, created_at timestamptz)")
    old = term.before - MOMENT
    execute(database, "insert into raw_shop.orders values ('{}', %s, now()), ('{}', null, now())", old)
    with psycopg.connect(database, autocommit=True) as connection:
        assert ages(connection, [term])["raw_shop.orders (customer, customer_id)"].overdue_count == 1


def test_a_table_that_does_not_fit_the_map_is_not_passed_over(database: str) -> None:
    rule = Retention("ops.failed_rows", ["made_at"], "run_days")
    with (
        psycopg.connect(database, autocommit=True) as connection,
        pytest.raises(RetentionError, match=r"ops\.failed_rows has no column made_at: mend it in privacy/map\.yml"),
    ):
        ages(connection, [Term(rule, 1, NOW)])
