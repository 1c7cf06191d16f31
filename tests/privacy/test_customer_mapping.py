"""Names of customers: one row a customer and key, one name in the warehouse whatever happens in which order."""

from __future__ import annotations

import itertools
import re

import psycopg
import pytest

from privacy.customer_mapping import PseudonymKeyError, map_clicks, map_customers
from privacy.pseudonym import pseudonym
from tests.support.landing import execute, rows

pytestmark = pytest.mark.services

OLD, BOTH, THREE = "first", "first,second", "first,second,third"
LAND = """
    insert into raw_clickstream.events (
        event_id, event_type, occurred_at, received_at, anonymous_id, user_id, properties, context, is_late, is_bot,
        time_flag, schema_version, payload_hash, kafka_topic, kafka_partition, kafka_offset, landed_at
    )
    select
        gen_random_uuid()::text, 'page', now(), now(), 'device', name, '{}', '{}', false, false, 'on_time', 1, '',
        'clicks.v1', 0, 0, now() + (select count(*) from raw_clickstream.events) * interval '1 second'
    from unnest(%s::text[]) as names (name)
"""


@pytest.fixture
def shop(database: str) -> str:
    execute(database, "create table raw_shop.customers (id bigint)")
    execute(database, "create table raw_shop.orders (customer jsonb)")
    execute(database, "select raw_clickstream.add_day(current_date)")
    return database


def land(url: str, *names: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(LAND, [list(names)])


def names_of(url: str) -> dict[str, str]:
    return dict(rows(url, "select click_pseudonym, customer_pseudonym from pii.click_pseudonyms"))


def test_each_customer_is_mapped_once_to_a_random_name(shop: str) -> None:
    execute(shop, "insert into raw_shop.customers values (1), (2), (2), (null)")
    execute(shop, """insert into raw_shop.orders values ('{"id": 2}'), ('{"id": 4}'), ('{}'), (null)""")
    assert map_customers(shop, OLD) == 3
    first = dict(rows(shop, "select customer_id, customer_pseudonym from pii.customer_pseudonyms"))
    execute(shop, "insert into raw_shop.customers values (3)")
    assert (map_customers(shop, OLD), map_customers(shop, OLD)) == (1, 0)
    mapped = dict(rows(shop, "select customer_id, customer_pseudonym from pii.customer_pseudonyms"))
    assert first.items() < mapped.items() and set(mapped) == {1, 2, 3, 4}
    assert len(set(mapped.values())) == 4 and all(re.fullmatch("[0-9a-f]{32}", name) for name in mapped.values())
    assert names_of(shop) == {pseudonym(str(number), OLD): mapped[number] for number in mapped}
    assert not set(names_of(shop)) & set(mapped.values())  # with the keys alone nobody finds a customer in the marts


def test_a_customer_from_before_there_were_names_in_clicks_keeps_the_one_they_have(shop: str) -> None:
    execute(shop, "insert into raw_shop.customers values (1)")
    execute(shop, "insert into pii.customer_pseudonyms values (1, 'as-before')")
    assert map_customers(shop, OLD) == 0
    assert names_of(shop) == {pseudonym("1", OLD): "as-before"}


# a click by the newer key comes after the rotation; all the rest may come at any time, and older clicks late
ORDERS = [
    order
    for order in itertools.permutations(("sync", "rotate", "old click", "new click", "map"))
    if order.index("new click") > order.index("rotate")
]


def test_a_customer_is_one_in_whatever_order_things_happen(shop: str) -> None:
    execute(shop, "insert into raw_shop.orders values (null)")
    for order in ORDERS:
        execute(
            shop,
            "truncate raw_shop.customers, raw_clickstream.events, pii.customer_pseudonyms, pii.click_pseudonyms",
        )
        key = OLD
        for step in order:
            if step == "rotate":
                key = BOTH
            elif step == "sync":
                execute(shop, "insert into raw_shop.customers values (7)")
                map_customers(shop, key)
            elif step == "map":
                map_clicks(shop, key)
            else:
                land(shop, pseudonym("7", OLD if step == "old click" else BOTH), pseudonym("8", OLD))
        map_clicks(shop, key)
        names = names_of(shop)
        of_seven = {names[pseudonym("7", OLD)], names[pseudonym("7", BOTH)]}
        assert of_seven == {name for (name,) in rows(shop, "select customer_pseudonym from pii.customer_pseudonyms")}
        assert len(of_seven) == 1, order
        assert names[pseudonym("8", OLD)] not in of_seven, order
        assert map_clicks(shop, key) == 0


def test_two_rotations_and_a_customer_who_was_away_for_one(shop: str) -> None:
    land(shop, pseudonym("7", OLD))
    map_clicks(shop, OLD)
    map_clicks(shop, BOTH)
    land(shop, pseudonym("7", THREE))
    map_clicks(shop, THREE)
    assert set(names_of(shop)) == {pseudonym("7", key) for key in (OLD, BOTH, THREE)}
    assert len(set(names_of(shop).values())) == 1


def test_who_clicks_before_the_shop_is_read_keeps_the_name(shop: str) -> None:
    land(shop, pseudonym("7", OLD), pseudonym("7", OLD))
    assert map_clicks(shop, OLD) == 1
    before = names_of(shop)
    execute(shop, "insert into raw_shop.customers values (7)")
    assert map_customers(shop, OLD) == 1
    assert names_of(shop) == before
    [(name,)] = rows(shop, "select customer_pseudonym from pii.customer_pseudonyms")
    assert name == before[pseudonym("7", OLD)]


def test_the_last_click_is_noted_so_that_a_name_ends_when_clicks_do(shop: str) -> None:
    land(shop, pseudonym("7", OLD))
    map_clicks(shop, OLD)
    [(first,)] = rows(shop, "select seen_at from pii.click_pseudonyms")
    land(shop, pseudonym("7", OLD))
    map_clicks(shop, OLD)
    [(second,)] = rows(shop, "select seen_at from pii.click_pseudonyms")
    assert first is not None and second > first
    map_clicks(shop, BOTH)
    assert rows(shop, "select distinct seen_at from pii.click_pseudonyms") == [(second,)]


def test_a_process_that_lacks_a_key_of_the_clicks_says_so_and_maps_nobody(shop: str) -> None:
    land(shop, pseudonym("7", BOTH), pseudonym("8", OLD))
    with pytest.raises(PseudonymKeyError, match="by 2 keys, and COMPTOIR_PSEUDONYM_KEY holds 1 here"):
        map_clicks(shop, OLD)
    assert names_of(shop) == {}
