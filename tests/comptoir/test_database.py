"""The roles: who may read what, in a real database."""

from __future__ import annotations

import psycopg
import pytest

from comptoir.database import apply_schema

pytestmark = pytest.mark.services


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


def test_applying_the_schema_again_changes_nothing(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("insert into ops.heartbeats (process, beat_at, details) values ('probe', now(), '{}')")
    apply_schema(database, "storefront", "reporter")
    with psycopg.connect(database) as owner:
        assert owner.execute("select count(*) from ops.heartbeats").fetchone() == (1,)
