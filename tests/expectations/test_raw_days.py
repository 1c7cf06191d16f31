"""Rules about days: no alarm on good days of the demo shop, an alarm on each fault, none once a day is accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from great_expectations.expectations.expectation import Expectation
from psycopg.rows import dict_row
from typer.testing import CliRunner

from cli.app import app
from comptoir.settings import Settings
from expectations.accepted_days import NothingToAcceptError, accept_day
from expectations.day_figures.counting import HISTORY_DAYS, RECOUNTED_DAYS, count_days
from expectations.raw.days import event_rules, order_rules
from tests.support.demo_past_weeks import LAST_DAY, landed_weeks
from tests.support.warehouse_fixtures import copy_database, query

pytestmark = pytest.mark.services
PARIS = "Europe/Paris"
TABLES = {"raw_shop.orders": order_rules, "raw_clickstream.events": event_rules}


def found_by(url: str, rules: Mapping[str, Expectation], table: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of each rule that finds any, by the query that Great Expectations runs."""
    found = {}
    with psycopg.connect(url, row_factory=dict_row) as connection:
        for name, rule in rules.items():
            statement: str = rule.unexpected_rows_query.format(batch=table)  # type: ignore[attr-defined]
            if rows := connection.execute(statement.encode()).fetchall():
                found[name] = rows
    return found


@pytest.fixture(scope="module")
def weeks(make_database: Callable[[], str], postgres_server: str) -> str:
    url = copy_database(postgres_server, make_database, landed_weeks(make_database))
    with psycopg.connect(url) as connection:
        count_days(connection, "shopify", PARIS)
    return url


@pytest.mark.parametrize("table", TABLES)
def test_no_rule_alarms_on_any_good_day(weeks: str, table: str) -> None:
    judged = query(weeks, "select count(distinct day) from ops.day_figures")
    assert judged == [(HISTORY_DAYS,)]
    assert found_by(weeks, TABLES[table](checked_days=HISTORY_DAYS), table) == {}


def test_every_rule_has_a_figure_to_judge(weeks: str) -> None:
    """A rule with a misspelled figure would never find anything."""
    counted = {figure for (figure,) in query(weeks, "select distinct figure from ops.day_figures")}
    for rules in (order_rules(), event_rules()):
        for name, rule in rules.items():
            statement: str = rule.unexpected_rows_query  # type: ignore[attr-defined]
            assert statement.split("where figure = '")[1].split("'")[0] in counted, name


def test_every_rule_says_why_it_blocks_or_warns() -> None:
    for rules in (order_rules(), event_rules()):
        for name, rule in rules.items():
            words = {"critical": "Blocks: ", "warning": "Warns: "}[str(rule.severity.value)]
            assert str(rule.notes).startswith(words), name


def test_counting_again_changes_nothing(weeks: str) -> None:
    figures = "select * from ops.day_figures order by figure, key, day"
    before = query(weeks, figures)
    with psycopg.connect(weeks) as connection:
        count_days(connection, "shopify", PARIS)
    assert query(weeks, figures) == before


def test_an_old_day_is_counted_again_when_something_landed_for_it(
    weeks: str, make_database: Callable[[], str], postgres_server: str
) -> None:
    url = copy_database(postgres_server, make_database, weeks)
    old, older = (LAST_DAY - timedelta(days=RECOUNTED_DAYS + age) for age in (10, 20))
    counts = (
        f"select day, value from ops.day_figures where figure = 'events' and day in ('{old}', '{older}') order by 1"
    )
    before = dict(query(url, counts))
    with psycopg.connect(url) as connection:
        on_day = "(occurred_at at time zone 'Europe/Paris')::date = %s and not is_bot and time_flag = 'on_time'"
        land = "set occurred_at = %s, received_at = %s, landed_at = landed_at + interval '1 hour'"
        noon = f"{old} 12:00+00"
        moved = connection.execute(
            f"update raw_clickstream.events {land} where {on_day}".encode(), [noon, noon, old - timedelta(days=1)]
        ).rowcount
        connection.execute(f"delete from raw_clickstream.events where {on_day}".encode(), [older])
        count_days(connection, "shopify", PARIS)
    after = dict(query(url, counts))
    assert moved and after[old] == before[old] + moved
    assert after[older] == before[older], "a day for which nothing landed stays as it was counted"


@pytest.mark.parametrize(("source", "is_odd"), [("subscription_contract", False), ("web", True)])
def test_orders_that_no_browser_placed_need_no_event(
    weeks: str, make_database: Callable[[], str], postgres_server: str, source: str, is_odd: bool
) -> None:
    """Three renewals for each order of a day; as many web orders without their event would be lost clicks."""
    url = copy_database(postgres_server, make_database, weeks)
    orders = "raw_shop.orders"
    with psycopg.connect(url) as connection:
        names = [row[0] for row in query(url, "select column_name from information_schema.columns"
                                         " where table_schema = 'raw_shop' and table_name = 'orders'")]  # fmt: skip
        changed = {"id": "id + 9000000000000 + copy", "source_name": "%(source)s", "customer": "null"}
        values = ", ".join(changed.get(name, name) for name in names)
        connection.execute(
            f"insert into {orders} ({', '.join(names)}) select {values} from {orders}, generate_series(1, 3) as copy"
            f" where (created_at at time zone '{PARIS}')::date = %(day)s".encode(),
            {"source": source, "day": LAST_DAY - timedelta(days=1)},
        )
        count_days(connection, "shopify", PARIS)
    assert ("orders_have_their_event" in found_by(url, event_rules(), "raw_clickstream.events")) is is_odd


# ------------------------------------------------------------------ made-up figures


@pytest.fixture
def figures(database: str) -> Callable[..., None]:
    """Sets a figure of the 60 days up to `last`: usual values, then those of the last days."""

    def put(figure: str, usual: list[float], *last: float, samples: int = 200, key: str = "", days: int = 60) -> None:
        with psycopg.connect(database) as connection:
            connection.execute(
                "insert into raw_shop.orders (id) select 1 where not exists (select from raw_shop.orders)"
            )
            values = [*(usual[age % len(usual)] for age in range(days - len(last))), *last]
            for age, value in enumerate(reversed(values)):
                day = date(2026, 10, 31) - timedelta(days=age)
                connection.execute(
                    "insert into ops.day_figures (day, figure, key, value, sample_count) values (%s, %s, %s, %s, %s)",
                    [day, figure, key, value, samples],
                )

    with psycopg.connect(database) as connection:
        connection.execute("create table raw_shop.orders (id bigint)")
    return put


def alarms(url: str) -> dict[str, list[str]]:
    found = found_by(url, order_rules() | event_rules(), "raw_shop.orders")
    return {name: [str(row["day"]) for row in rows] for name, rows in found.items()}


YESTERDAY = ["2026-10-31"]
A_WEEK = [100, 104, 97, 101, 95, 120, 130]


@pytest.mark.parametrize("value, is_odd", [(0, True), (45, True), (100, False), (150, False), (245, True)])
def test_a_count_is_compared_with_its_weekday(
    database: str, figures: Callable[..., None], value: float, is_odd: bool
) -> None:
    figures("orders", A_WEEK, value)
    assert alarms(database) == ({"orders_of_a_day_are_as_usual": YESTERDAY} if is_odd else {})


def test_a_count_that_grew_for_a_week_is_no_alarm(database: str, figures: Callable[..., None]) -> None:
    figures("orders", A_WEEK, 120, 150, 160, 165, 170, 190, 195, 210)
    assert alarms(database) == {}


def test_a_young_shop_is_not_judged(database: str, figures: Callable[..., None]) -> None:
    figures("orders", A_WEEK, 0, days=20)
    figures("event_mix", [0.3, 0.31], 0.0, days=12, key="Product Viewed")
    assert alarms(database) == {}


def test_a_share_is_compared_with_its_spread(database: str, figures: Callable[..., None]) -> None:
    figures("event_mix", [0.30, 0.31, 0.29], 0.55, key="Product Viewed")
    figures("event_mix", [0.10, 0.45, 0.80], 0.10, key="Page Viewed")  # swings all the time
    assert alarms(database) == {"event_mix_is_as_usual": YESTERDAY}


def test_a_name_that_fell_silent_blocks(database: str, figures: Callable[..., None]) -> None:
    figures("event_mix", [0.20, 0.21], 0.0, key="Product Added")
    assert "no_event_name_fell_silent" in alarms(database)


def test_a_tracker_that_always_told_otherwise_is_no_alarm(database: str, figures: Callable[..., None]) -> None:
    figures("order_values_off", [0.9, 1.0], 1.0, samples=30)
    figures("order_times_off", [0.0], 0.9, samples=30)
    assert alarms(database) == {"order_times_agree_with_events": YESTERDAY}


def test_hours_that_moved_are_found(database: str, figures: Callable[..., None]) -> None:
    by_day = dict.fromkeys(range(9, 19), 0.1)
    for hour in range(24):
        usual, moved = by_day.get(hour, 0.0), by_day.get((hour - 3) % 24, 0.0)
        figures("order_hours", [usual], moved, key=str(hour))
    assert alarms(database) == {"order_hours_are_as_usual": YESTERDAY}


def test_an_odd_day_is_found_for_a_week_or_until_it_is_accepted(database: str, figures: Callable[..., None]) -> None:
    figures("orders", A_WEEK, 10, *[100] * 6)
    day = date(2026, 10, 25)
    rule = "orders_of_a_day_are_as_usual"
    assert alarms(database) == {rule: [str(day)]}
    with pytest.raises(NothingToAcceptError, match="No gate found 2026-10-25 odd by orders_of_a_day_are_as_usual"):
        accept_day(database, rule, day, "strike", "ada@shop")
    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into ops.failed_rows (gate, rule, table_name, row_data, run_id)"
            f""" values ('raw', '{rule}', 'raw_shop.orders', '{{"day": "{day}"}}', 'run')""".encode()
        )
    accept_day(database, rule, day, "strike", "ada@shop")
    assert alarms(database) == {}
    assert query(database, "select reason, accepted_by from ops.accepted_days") == [("strike", "ada@shop")]


def test_the_command_tells_what_it_did_or_why_not(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.settings.get_settings", lambda: Settings(postgres_url=database))
    refused = CliRunner().invoke(app, ["gate", "accept", "some_rule", "2026-10-25", "--why", "strike"])
    assert refused.exit_code == 1 and "No gate found 2026-10-25 odd by some_rule" in refused.output
