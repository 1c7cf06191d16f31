"""The schema and its logins, in a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from benchmarks.support.servers import OPEN_PASSWORDS
from comptoir.database import apply_schema
from comptoir.postgres_url import with_login
from local.waiting import wait_until

pytestmark = pytest.mark.services


def as_login(database: str, login: str) -> str:
    return with_login(database, login, login)


def test_applying_the_schema_again_changes_nothing(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("insert into ops.heartbeats (process, beat_at, details) values ('probe', now(), '{}')")
    apply_schema(database, OPEN_PASSWORDS)
    with psycopg.connect(as_login(database, "lander")) as lander:
        lander.execute("select raw_clickstream.add_day('2026-01-31')")
        lander.execute("drop table raw_clickstream.events_20260131")
    with psycopg.connect(as_login(database, "storefront")) as storefront:
        assert storefront.execute("select * from serving.recommend('nobody', 'home', null, 3)").fetchall() == []
    with psycopg.connect(database) as owner:
        assert owner.execute("select count(*) from ops.heartbeats").fetchone() == (1,)
        assert owner.execute("select version_num from ops.migrations").fetchall() == [("0001",)]


def test_a_deadlock_with_a_table_in_use_is_tried_again(database: str) -> None:
    lock, held = "hashtext('comptoir.apply_schema')", "select 1 from pg_locks where locktype = 'advisory' and granted"
    with psycopg.connect(database) as other, psycopg.connect(database, autocommit=True) as watcher:
        other.execute("set local deadlock_timeout = '1min'")  # so that the schema is the one that is broken off
        other.execute("lock table serving.products")
        with ThreadPoolExecutor() as pool:
            applied = pool.submit(apply_schema, database, OPEN_PASSWORDS)
            wait_until(lambda: check(watcher.execute(held).fetchone()), "the schema's lock", seconds=60)
            other.execute(f"select pg_advisory_xact_lock({lock})")
            assert not applied.done()
            other.commit()
            applied.result()


def check(found: object) -> None:
    assert found


def test_a_right_given_by_hand_is_gone_at_the_next_start(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("grant select on serving.visitor_events to reporter")
        owner.execute("grant usage on schema serving to reporter")
    with psycopg.connect(as_login(database, "reporter")) as reporter:
        assert reporter.execute("select count(*) from serving.visitor_events").fetchone() == (0,)
    apply_schema(database, OPEN_PASSWORDS)
    with (
        psycopg.connect(as_login(database, "reporter")) as reporter,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reporter.execute("select count(*) from serving.visitor_events")


def test_what_an_older_installation_made_as_the_owner_is_handed_over(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("create table raw_shop.orders (id bigint)")
        owner.execute("create table marts.fct_orders as select 1 as order_id")
        owner.execute("drop table ops.migrations")
        owner.execute("alter default privileges in schema marts grant select on tables to reporter")
    apply_schema(database, OPEN_PASSWORDS)
    with psycopg.connect(as_login(database, "loader")) as loader:
        loader.execute("alter table raw_shop.orders add column name text")
    with psycopg.connect(as_login(database, "reporter")) as reporter:
        assert reporter.execute("select * from marts.fct_orders").fetchall() == [(1,)]
    with psycopg.connect(as_login(database, "transformer")) as transformer:
        transformer.execute("drop table marts.fct_orders")


def test_no_login_is_a_superuser_or_makes_roles_or_databases(database: str) -> None:
    with psycopg.connect(database) as owner:
        found = owner.execute(
            "select rolname from pg_roles where rolname = any(%s)"
            " and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)",
            [list(OPEN_PASSWORDS)],
        ).fetchall()
    assert found == []
