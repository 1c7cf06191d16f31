"""A backfill repairs whatever was damaged on its days, as the daily runs had built it, and leaves other days alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from tests.support.demo_days import Dbt, DemoDays, tables_of
from tests.support.warehouse_fixtures import copy_database, query

pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

FIRST, LAST = "2026-10-26", "2026-10-27"
ON_DAYS = f"between '{FIRST}' and '{LAST}'"
# what no other run would notice: rows lost, changed, and made up, in every kind of growing table
DAMAGE = (
    f"delete from staging.stg_clickstream__events where event_date = '{FIRST}'",
    f"update staging.stg_clickstream__events set event_id = 'gone-' || event_id, visitor_id = 'nobody'"
    f" where event_date = '{LAST}' and event_name = 'Products Searched'",
    f"delete from intermediate.int_events__sessionized where event_date = '{LAST}'",
    f"update intermediate.int_events__sessionized set event_id = 'gone-' || event_id, run_id = 'x', session_id = 'x'"
    f" where event_date = '{FIRST}' and event_name = 'Product Viewed'",
    f"update intermediate.int_identities__stitched set visitor_id = 'gone-' || visitor_id"
    f" where last_seen_at::date {ON_DAYS}",
    f"delete from intermediate.int_product_events__exploded where event_date = '{FIRST}'",
    f"update intermediate.int_product_events__counted set views_count = 9, product_id = 'x' || product_id"
    f" where event_date {ON_DAYS}",
    f"update marts.fct_sessions set session_id = 'gone-' || session_id where session_date = '{FIRST}'",
    f"update marts.fct_sessions set funnel_step = 5, net_sales_shop_amount = 1 where session_date = '{LAST}'",
    f"delete from marts.fct_searches where search_date {ON_DAYS}",
    f"update marts.fct_product_interactions set is_bot = not is_bot where interaction_date {ON_DAYS}",
    f"update marts.fct_recommendation_events set is_fallback = not is_fallback where event_date {ON_DAYS}",
    f"delete from marts.fct_order_touches where order_date {ON_DAYS}",
    f"update marts.mart_experiment_daily set lists_shown_count = 99 where event_date {ON_DAYS}",
    f"delete from marts.mart_recommendation_performance where event_date {ON_DAYS}",
    f"delete from staging.stg_shop__orders where order_date = '{FIRST}'",
    f"delete from intermediate.int_sales__dated where movement_date = '{LAST}'",
    f"update marts.fct_orders set order_id = 'gone-' || order_id where order_date {ON_DAYS}",
    f"update marts.fct_order_lines set units_count = 99 where order_date {ON_DAYS}",
    f"update intermediate.int_baskets__counted set orders_count = 99 where order_date {ON_DAYS}",
    f"delete from intermediate.int_order_lines__attached where order_date = '{FIRST}'",
    f"update marts.mart_daily_sales set orders_count = 99, currency = 'X' || currency where sales_date {ON_DAYS}",
)
# grown by event: the key of a row, its day, and when the newest event of its visit landed
BY_EVENT = {
    "intermediate.int_events__sessionized": ("event_id", "event_date", "run_landed_at"),
    "marts.fct_sessions": ("session_id", "session_date", "landed_at"),
    "marts.fct_searches": ("search_id", "search_date", "landed_at"),
    "marts.fct_product_interactions": ("interaction_id", "interaction_date", "landed_at"),
}


class Backfilled:
    """A copy of the demo shop's warehouse, damaged, and dbt to repair it."""

    def __init__(self, url: str, dbt: Dbt) -> None:
        self.url, self.dbt = url, dbt
        with psycopg.connect(url) as connection:
            connection.execute("create schema before")
            for table, (key, day, landed) in BY_EVENT.items():
                columns = f"{key} as id, {day} as day, {landed} as landed_at, xmin::text as made_by"
                copy = f"create table before.{table.partition('.')[2]} as select {columns} from {table}"
                connection.execute(copy.encode())
            for statement in DAMAGE:
                assert connection.execute(statement.encode()).rowcount > 0, statement

    def differences(self) -> dict[str, tuple[int, int]]:
        """By table, how many rows are missing, and how many are there that should not be."""
        found = {}
        with psycopg.connect(self.url) as connection:
            for schema, table in tables_of(self.url):
                built, kept = sql.Identifier(schema, table), sql.Identifier("kept", table)
                names = [column.name for column in connection.execute(
                    sql.SQL("select * from {} limit 0").format(built)).description or []]  # fmt: skip
                columns = sql.SQL(", ").join(map(sql.Identifier, names))
                only = sql.SQL("(select count(*) from (select {0} from {1} except all select {0} from {2}) as x)")
                counts = connection.execute(
                    sql.SQL("select {}, {}").format(
                        only.format(columns, kept, built), only.format(columns, built, kept)
                    )
                ).fetchone()
                assert counts
                if counts != (0, 0):
                    found[table] = counts
        return found


@pytest.fixture(scope="module")
def backfilled(
    postgres_server: str,
    make_database: Callable[[], str],
    demo_days: DemoDays,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Backfilled]:
    """Its backfill ended half-way, as a killed one does: between two models, for each is a transaction."""
    url = copy_database(postgres_server, make_database, demo_days.url)
    with pytest.MonkeyPatch.context() as monkeypatch:
        shop = Backfilled(url, Dbt(url, str(tmp_path_factory.mktemp("dbt")), monkeypatch))
        monkeypatch.setenv("COMPTOIR_BACKFILL_FROM", FIRST)
        monkeypatch.setenv("COMPTOIR_BACKFILL_TO", LAST)
        shop.dbt("run", "--select", "stg_clickstream__events", "int_events__sessionized", "fct_sessions")
        yield shop


def test_repeated_after_it_ended_half_way_it_gives_the_rows_of_the_daily_runs(backfilled: Backfilled) -> None:
    assert len(backfilled.differences()) > 10
    backfilled.dbt("run")
    assert backfilled.differences() == {}


def test_done_twice_it_gives_the_same_rows(backfilled: Backfilled) -> None:
    backfilled.dbt("run", "--select", "config.materialized:incremental")
    assert backfilled.differences() == {}


def test_other_days_are_left_alone(backfilled: Backfilled) -> None:
    """But for visits in which something landed last: every run builds those again."""
    for table, (key, _, landed) in BY_EVENT.items():
        [(rows, rewritten)] = query(
            backfilled.url,
            f"""
            select count(*), count(*) filter (where built.xmin::text <> before.made_by)
            from before.{table.partition(".")[2]} as before left join {table} as built on before.id = built.{key}
            where
                before.day not between date '{FIRST}' - 1 and date '{LAST}' + 1
                and before.landed_at < (select max({landed}) from {table})
            """,
        )
        assert rows > 20 and rewritten == 0, (table, rows, rewritten)
