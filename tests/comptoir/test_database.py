"""The roles: who may read what, in a real database."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from comptoir.database import apply_schema

pytestmark = pytest.mark.services

# raw_clickstream.events as the first version had it
OLD_EVENTS = """
    create table raw_clickstream.events (
        event_id text primary key, event_type text not null, event_name text, occurred_at timestamptz not null,
        received_at timestamptz not null, landed_at timestamptz not null default now(), anonymous_id text not null,
        user_id text, session_id text, product_id text, properties jsonb not null, context jsonb not null,
        is_late boolean not null, is_bot boolean not null, time_flag text not null, schema_version int not null,
        payload_hash text not null, kafka_topic text not null,
        kafka_partition int not null, kafka_offset bigint not null
    );
    create index events_occurred_at on raw_clickstream.events using brin (occurred_at);
    create index events_landed_at on raw_clickstream.events using brin (landed_at);
"""


def as_role(database: str, role: str) -> str:
    address = database.rpartition("@")[2]
    return f"postgresql://{role}:{role}@{address}"


@pytest.mark.parametrize("role", ["storefront", "reporter"])
@pytest.mark.parametrize("schema", ["raw_shop", "raw_clickstream", "pii", "staging"])
def test_readers_never_see_raw_or_personal_schemas(database: str, role: str, schema: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute(f"create table {schema}.probe (value text)")
    with (
        psycopg.connect(as_role(database, role)) as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute(f"select * from {schema}.probe")


@pytest.mark.parametrize("role", ["storefront", "reporter"])
def test_readers_cannot_write(database: str, role: str) -> None:
    with psycopg.connect(as_role(database, role)) as reader, pytest.raises(psycopg.Error):
        reader.execute("create table marts.mine (value text)")


def test_reporter_reads_marts_made_later(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("create table marts.later as select 1 as value")
    with psycopg.connect(as_role(database, "reporter")) as reader:
        assert reader.execute("select value from marts.later").fetchone() == (1,)


def test_storefront_reads_its_tables_and_function(database: str) -> None:
    with psycopg.connect(as_role(database, "storefront")) as reader:
        for table in ("recommendations", "product_neighbours", "trending", "products"):
            assert reader.execute(f"select count(*) from serving.{table}").fetchone() == (0,)
        assert reader.execute("select * from serving.recommend('nobody', 'home', null, 3)").fetchall() == []


def test_events_of_before_the_daily_partitions_move_into_them(make_database: Callable[[], str]) -> None:
    database = make_database()
    with psycopg.connect(database) as owner:
        owner.execute("drop table raw_clickstream.events, raw_clickstream.event_ids cascade")
        owner.execute(OLD_EVENTS)
        owner.execute(
            """
            insert into raw_clickstream.events
            select
                'e' || n, 'track', 'Product Viewed', now(), '2026-01-01Z'::timestamptz + n * interval '12 hours',
                '2026-02-01Z', 'v', null, null, '1', '{"a": 1}', '{}', false, false, 'on_time', 1, md5(n::text),
                'clicks.v1', n % 2, n
            from generate_series(1, 10) as n
            """
        )
        before = owner.execute("select to_jsonb(e) from raw_clickstream.events as e order by event_id").fetchall()
    for _ in range(2):
        apply_schema(database, "storefront", "reporter")
        with psycopg.connect(database) as owner:
            events = owner.execute("select to_jsonb(e) from raw_clickstream.events as e order by event_id").fetchall()
            assert events == before
            assert owner.execute("select count(distinct tableoid) from raw_clickstream.events").fetchone() == (6,)
            assert owner.execute("select to_regclass('raw_clickstream.events_unpartitioned')").fetchone() == (None,)
            ids = owner.execute(
                """
                select count(*) from raw_clickstream.events as event
                inner join raw_clickstream.event_ids as known
                    on
                        known.event_key = md5(event.event_id)::uuid
                        and known.day = (event.received_at at time zone 'utc')::date
                        and known.payload_hash = event.payload_hash::uuid
                        and (known.topic, known.partition, known."offset")
                        = (event.kafka_topic, event.kafka_partition, event.kafka_offset)
                """
            ).fetchone()
            assert ids == (10,)


def test_applying_the_schema_again_changes_nothing(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("insert into ops.heartbeats (process, beat_at, details) values ('probe', now(), '{}')")
    apply_schema(database, "storefront", "reporter")
    with psycopg.connect(database) as owner:
        assert owner.execute("select count(*) from ops.heartbeats").fetchone() == (1,)
