"""What can go wrong with raw data, done to a good shop on purpose: each corruption, and the rule that must name it.

Corruptions of one group are done to one copy of a shop, each to rows or a day of its own, so that the failed row tells
which corruption was caught. `python -m tests.mutation_table` writes docs/gates.md's table from this list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.warehouse_fixtures import insert, make_order

ORDERS, EVENTS = "raw_shop.orders", "raw_clickstream.events"
Change = str | Callable[[psycopg.Connection], object]


@dataclass(frozen=True)
class Mutation:
    """A corruption, the rule of gate_raw that must find it, and what the failed row must hold."""

    what: str
    rule: str
    table: str
    change: Change
    row: dict[str, Any] = field(default_factory=dict)
    group: str = "rows"


@dataclass(frozen=True)
class Elsewhere:
    """A corruption that another check than gate_raw catches, or that needs none: where, and what happens."""

    what: str
    caught_by: str  # a test, as file::function, that shows it
    outcome: str


def poisoned_order(order_id: int, **changes: Any) -> Callable[[psycopg.Connection], object]:
    """Adds an order of one mouse; `changes` replace its columns."""

    def add(connection: psycopg.Connection) -> None:
        order = make_order(order_id, "2026-10-28T10:00:00Z", [(order_id * 10 + 1, 2, 1, "0.00")])
        insert(connection, ORDERS, **(order | changes), _airbyte_raw_id=f"poison-{order_id}")

    return add


def set_in_line(order_id: int, path: str, value: str) -> str:
    """SQL that replaces a part of an order's first line by a JSON text."""
    changed = f"jsonb_set(line_items, '{{0,{path}}}', '{value}')"
    return f"update raw_shop.orders set line_items = {changed} where id = {order_id}"


def negative_price(connection: psycopg.Connection) -> None:
    order = make_order(103, "2026-10-28T10:00:00Z", [(1031, 2, 1, "0.00")])
    for side in ("shop_money", "presentment_money"):
        order["line_items"][0]["price_set"][side]["amount"] = "-50.00"
    insert(connection, ORDERS, **order)


def dollars_called_euros(connection: psycopg.Connection) -> None:
    order = make_order(104, "2026-10-28T10:00:00Z", [(1041, 2, 1, "0.00")], currency="USD", rate="1.25")
    order["presentment_currency"] = order["line_items"][0]["price_set"]["presentment_money"]["currency_code"] = "EUR"
    insert(connection, ORDERS, **order)


def refund(number: int, at: str = "2026-10-29T10:00:00Z", **changes: Any) -> Callable[[psycopg.Connection], object]:
    def add(connection: psycopg.Connection) -> None:
        line_id = number * 10 + 1
        order = make_order(
            number, "2026-10-28T10:00:00Z", [(line_id, 2, 1, "0.00")], refunds=[(at, [(line_id, 1, "50.00")])]
        )
        order["refunds"][0] |= changes
        insert(connection, ORDERS, **order)

    return add


ROWS = [
    Mutation("an order twice", "order_ids_are_unique", ORDERS, poisoned_order(6), {"id": 6}),
    Mutation("an orphan: a line of a product that is nowhere", "line_products_are_known", ORDERS,
             set_in_line(7, "product_id", "777"), {"order_id": 7, "product_id": "777"}),
    Mutation("a negative price", "line_prices_are_not_negative", ORDERS, negative_price, {"order_id": 103}),
    Mutation("a wild price in an order", "line_prices_are_not_absurd", ORDERS,
             set_in_line(5, "price_set,shop_money,amount", '"999999"'), {"order_id": 5}),
    Mutation("a price that is missing in the shop's currency: no rate", "line_prices_are_present", ORDERS,
             set_in_line(6, "price_set,shop_money", "{}"), {"order_id": 6}),
    Mutation("nought units", "line_quantities_are_positive", ORDERS, set_in_line(5, "quantity", "0"), {"order_id": 5}),
    Mutation("the same line in two orders", "line_ids_are_unique", ORDERS, set_in_line(2, "id", "11"),
             {"line_id": "11", "times": 2}),
    Mutation("a discount over the price", "line_discounts_are_within_the_price", ORDERS,
             set_in_line(1, "discount_allocations,0,amount_set,presentment_money,amount", '"9999"'), {"order_id": 1}),
    Mutation("an order's currency that is not its lines'", "line_currencies_are_the_orders", ORDERS,
             "update raw_shop.orders set presentment_currency = 'CHF' where id = 2", {"order_id": 2}),
    Mutation("swapped currency: dollars called euros", "amounts_of_one_currency_are_equal", ORDERS,
             dollars_called_euros, {"order_id": 104}),
    Mutation("the shop's amounts in another currency", "shop_amounts_are_in_the_shop_currency", ORDERS,
             set_in_line(3, "price_set,shop_money,currency_code", '"USD"'), {"order_id": 3}),
    Mutation("a currency with three decimals", "order_currencies_are_known", ORDERS,
             "update raw_shop.orders set presentment_currency = 'KWD' where id = 1", {"id": 1}),
    Mutation("no currency", "order_currencies_are_present", ORDERS,
             poisoned_order(105, presentment_currency=None), {"id": 105}),
    Mutation("an unknown currency of the shop", "shop_currencies_are_known", ORDERS,
             poisoned_order(106, currency="XXX"), {"id": 106}),
    Mutation("a total that is not its lines", "order_totals_add_up", ORDERS, set_in_line(3, "quantity", "3"),
             {"order_id": 3}),
    Mutation("a total rounded to whole units", "order_totals_add_up", ORDERS,
             "update raw_shop.orders set total_price_set = jsonb_set(total_price_set, '{presentment_money,amount}',"
             " '\"38\"') where id = 3", {"order_id": 3, "total": 38}),
    Mutation("an order without lines", "orders_have_lines", ORDERS, poisoned_order(107, line_items=[]), {"id": 107}),
    Mutation("a null id", "order_ids_are_present", ORDERS, "update raw_shop.orders set id = null where id = 8",
             {"id": None}),
    Mutation("an order without a time", "order_times_are_present", ORDERS,
             "update raw_shop.orders set created_at = null where id = 7", {"id": 7}),
    Mutation("an order of the day after tomorrow", "orders_are_not_in_the_future", ORDERS,
             "update raw_shop.orders set created_at = now() + interval '2 days' where id = 3", {"id": 3}),
    Mutation("a refund over the sale", "refunds_are_within_the_sale", ORDERS,
             "update raw_shop.orders set refunds = jsonb_set(refunds, '{0,refund_line_items,0,quantity}', '9')"
             " where id = 4", {"order_id": 4}),
    Mutation("a refund of a line that was not sold", "refunds_name_lines_of_their_order", ORDERS,
             "update raw_shop.orders set refunds = jsonb_set(refunds, '{0,refund_line_items,0,line_item_id}', '12345')"
             " where id = 1", {"order_id": 1}),
    Mutation("a refund without its order", "refunds_are_of_their_order", ORDERS, refund(108, order_id=999),
             {"id": 108}),
    Mutation("a refund before the sale", "refunds_follow_their_order", ORDERS, refund(109, at="2026-10-01T10:00:00Z"),
             {"id": 109}),
    Mutation("a new state of payment", "order_statuses_are_known", ORDERS,
             poisoned_order(110, financial_status="escrowed"), {"id": 110}),
    Mutation("a product twice", "product_ids_are_unique", "raw_shop.products",
             "update raw_shop.products set id = 3 where id = 2", {"id": 3}),
    Mutation("a product without its number", "product_ids_are_present", "raw_shop.products",
             "insert into raw_shop.products (title) values ('nobody')", {"id": None}),
    Mutation("a product without a name", "product_titles_are_present", "raw_shop.products",
             "update raw_shop.products set title = null where id = 1", {"id": 1}),
    Mutation("a negative list price", "variant_prices_are_not_negative", "raw_shop.product_variants",
             "update raw_shop.product_variants set price = -1 where id = 10", {"id": 10}),
    Mutation("a wild list price", "variant_prices_are_not_absurd", "raw_shop.product_variants",
             "update raw_shop.product_variants set price = 250000 where id = 20", {"id": 20}),
    Mutation("a list price that is missing", "variant_prices_are_present", "raw_shop.product_variants",
             "update raw_shop.product_variants set price = null where id = 30", {"id": 30}),
    Mutation("a variant twice", "variant_ids_are_unique", "raw_shop.product_variants",
             "insert into raw_shop.product_variants (id, product_id, price) values (20, 2, 50)", {"id": 20}),
    Mutation("a variant without its number", "variant_ids_are_present", "raw_shop.product_variants",
             "insert into raw_shop.product_variants (product_id, price) values (3, 30)", {"id": None}),
    Mutation("a variant of no product", "variants_name_their_product", "raw_shop.product_variants",
             "insert into raw_shop.product_variants (id, price) values (40, 10)", {"id": 40}),
    Mutation("a variant of a product that vanished", "variant_products_are_known", "raw_shop.product_variants",
             "insert into raw_shop.product_variants (id, product_id, price) values (50, 888, 10)", {"id": 50}),
    Mutation("an unbelievable cost", "unit_costs_are_believable", "raw_shop.inventory_items",
             "update raw_shop.inventory_items set cost = -3 where id = 100", {"id": 100}),
    Mutation("a stocked item twice", "inventory_item_ids_are_unique", "raw_shop.inventory_items",
             "update raw_shop.inventory_items set id = 300 where id = 200", {"id": 300}),
    Mutation("negative stock", "stock_is_not_negative", "raw_shop.inventory_levels",
             "update raw_shop.inventory_levels set quantities = '[{\"name\": \"available\", \"quantity\": -4}]'"
             " where id = '9|1'", {"id": "9|1", "available": -4}),
    Mutation("a stock level twice", "inventory_level_ids_are_unique", "raw_shop.inventory_levels",
             "update raw_shop.inventory_levels set id = '9|3' where id = '9|2'", {"id": "9|3"}),
    Mutation("a rating that is no number", "ratings_are_readable", "raw_shop.metafield_products",
             "update raw_shop.metafield_products set value = 'five' where key = 'rating' and owner_id = 1",
             {"owner_id": 1, "value": "five"}),
    Mutation("a metafield twice", "metafield_ids_are_unique", "raw_shop.metafield_products",
             "update raw_shop.metafield_products set id = 30 where id = 31", {"id": 30}),
    Mutation("a customer without a pseudonym", "customers_have_a_pseudonym", "raw_shop.customers",
             "update pii.customer_pseudonyms set customer_id = 999 where customer_id = 502",
             {"_airbyte_raw_id": "raw_shop.customers-502", "id": "***"}),
    Mutation("a customer twice", "customer_ids_are_unique", "raw_shop.customers",
             "update raw_shop.customers set id = 502 where id = 501",
             {"_airbyte_raw_id": "raw_shop.customers-501", "id": "***"}),
    Mutation("a customer without a number", "customer_ids_are_present", "raw_shop.customers",
             "insert into raw_shop.customers (_airbyte_raw_id) values ('nobody')", {"_airbyte_raw_id": "nobody"}),
    Mutation("an order that the shop has and raw lacks", "raw_holds_what_the_shop_has", "ops.completeness",
             "insert into ops.completeness (checked_at, stream, measure, shop_count, raw_count, is_complete, message)"
             " values (now(), 'orders', 'count', 4, 3, false, 'the shop has 4 orders, raw 3')", {"shop_count": 4}),
    Mutation("an event twice", "event_ids_are_unique", EVENTS,
             "insert into raw_clickstream.events select * from raw_clickstream.events where event_id = 'b1'",
             {"event_id": "b1"}),
    Mutation("a new type of event", "event_types_are_known", EVENTS,
             "update raw_clickstream.events set event_type = 'spy' where event_id = 'a1'", {"event_id": "a1"}),
    Mutation("events of the future", "events_are_not_in_the_future", EVENTS,
             "update raw_clickstream.events set occurred_at = now() + interval '3 days' where event_id = 'a2'",
             {"event_id": "a2"}),
    Mutation("a flood of what is no event", "bad_events_are_few", EVENTS,
             "insert into raw_clickstream.bad_events (topic, partition, \"offset\", reason)"
             " select 'clicks', 0, n, 'bad_json' from generate_series(1, 500) as n", {"bad": 500}),
    Mutation("events that change after they were sent", "conflicting_events_are_few", EVENTS,
             "insert into raw_clickstream.duplicate_events (topic, partition, \"offset\", event_id, is_conflict)"
             " select 'clicks', 0, n, 'a1', true from generate_series(1, 50) as n", {"conflicts": 50}),
]  # fmt: skip

# one mutation drifts a table at most: rules about a drifted table are not asked
SCHEMA = [
    Mutation("a column of another type", "columns_are_as_expected", "raw_shop.product_variants",
             "alter table raw_shop.product_variants alter column price type text",
             {"column": "price", "expected": "numeric", "found": "text"}, "schema"),
    Mutation("a renamed column", "columns_are_as_expected", "raw_shop.products",
             "alter table raw_shop.products rename column vendor to maker",
             {"column": "vendor", "found": "no such column"}, "schema"),
    Mutation("a removed column", "columns_are_as_expected", "raw_shop.inventory_items",
             "alter table raw_shop.inventory_items drop column cost",
             {"column": "cost", "found": "no such column"}, "schema"),
    Mutation("a table that is gone", "columns_are_as_expected", "raw_shop.inventory_levels",
             "drop table raw_shop.inventory_levels", {"expected": "table"}, "schema"),
    Mutation("half a page of events", "rows_did_not_vanish", EVENTS,
             "delete from raw_clickstream.events where event_id > 'a2'", {"rows": 2, "expected_at_least": 5}, "schema"),
    Mutation("most of the orders gone", "rows_did_not_vanish", ORDERS,
             "delete from raw_shop.orders where id > 2", {"rows": 2, "expected_at_least": 4}, "schema"),
]  # fmt: skip


def order_day(day: str) -> str:
    return f"(created_at at time zone 'Europe/Paris')::date = '2026-10-{day}'"


def event_day(day: str) -> str:
    return f"(occurred_at at time zone 'Europe/Paris')::date = '2026-10-{day}'"


def copied_events(day: str, changes: str, where: str = "true") -> str:
    """SQL that adds events like those of a day under new ids; `changes` are keys of a JSON object with new values."""
    return f"""
        insert into raw_clickstream.events
        select (jsonb_populate_record(events, jsonb_build_object('event_id', events.event_id || '-' || n, {changes}))).*
        from raw_clickstream.events as events cross join generate_series(1, 3) as n
        where {event_day(day)} and not events.is_bot and {where}
    """


def copied_orders(day: str, changes: str, times: int) -> str:
    """SQL that adds orders like those of a day under new numbers."""
    return f"""
        insert into raw_shop.orders
        select (jsonb_populate_record(
            orders, jsonb_build_object('id', orders.id + n * 1000000000000, {changes})
        )).*
        from raw_shop.orders as orders cross join generate_series(1, {times}) as n
        where {order_day(day)}
    """


def set_in_lines(day_condition: str, path: str, value: str) -> str:
    """SQL that replaces a part of every line of some orders; `value` is SQL that may read `line`."""
    return f"""
        update raw_shop.orders set line_items = (
            select jsonb_agg(jsonb_set(line, '{{{path}}}', {value})) from jsonb_array_elements(line_items) as l (line)
        )
        where {day_condition}
    """


ON_DAYS = [
    Mutation("a truncated day: the shop was read in part", "completed_orders_are_in_the_shop", ORDERS,
             f"delete from raw_shop.orders where {order_day('31')} and source_name <> 'pos' and id % 10 < 6",
             {"day": "2026-10-31"}, "days of orders"),
    Mutation("a doubled day of orders", "orders_are_not_copied", ORDERS, copied_orders("30", "'test', false", 1),
             {"day": "2026-10-30"}, "days of orders"),
    Mutation("a day in another time zone", "order_times_agree_with_events", ORDERS,
             f"update raw_shop.orders set created_at = created_at + interval '2 hours' where {order_day('29')}",
             {"day": "2026-10-29"}, "days of orders"),
    Mutation("a day of rounded totals", "order_values_agree_with_events", ORDERS,
             "update raw_shop.orders set total_price_set = jsonb_set(total_price_set, '{presentment_money,amount}',"
             " to_jsonb(round((total_price_set -> 'presentment_money' ->> 'amount')::numeric, -2)::text))"
             f" where {order_day('28')}", {"day": "2026-10-28"}, "days of orders"),
    Mutation("swapped customers", "order_customers_agree_with_events", ORDERS,
             "update raw_shop.orders set customer = jsonb_set(customer, '{id}', (select to_jsonb(max(id)) from"
             f" raw_shop.customers)) where {order_day('27')} and customer is not null",
             {"day": "2026-10-27"}, "days of orders"),
    Mutation("a day in another currency", "order_currencies_agree_with_events", ORDERS,
             f"update raw_shop.orders set presentment_currency = 'CHF' where {order_day('26')}",
             {"day": "2026-10-26"}, "days of orders"),
    Mutation("one list price in cents", "listed_prices_are_near_what_was_paid", "raw_shop.product_variants",
             "update raw_shop.product_variants set price = price * 100 where id::text = (select line ->> 'variant_id'"
             " from raw_shop.orders cross join jsonb_array_elements(line_items) as l (line) group by 1"
             " order by count(*) desc limit 1)", {}, "days of orders"),
    Mutation("pounds called dollars", "exchange_rates_are_of_their_days", ORDERS,
             "update raw_shop.orders set presentment_currency = 'USD' where id = (select max(id) from raw_shop.orders"
             " where presentment_currency = 'GBP')", {"currency": "USD"}, "days of orders"),
    Mutation("a day of three times the orders", "orders_of_a_day_are_as_usual", ORDERS,
             copied_orders("31", "'created_at', orders.created_at + n * interval '7 minutes'", 3),
             {"day": "2026-10-31"}, "more days of orders"),
    Mutation("a day of absurd totals", "order_values_are_as_usual", ORDERS,
             "update raw_shop.orders set total_price_set = jsonb_set(total_price_set, '{shop_money,amount}',"
             " to_jsonb(((total_price_set -> 'shop_money' ->> 'amount')::numeric * 100)::text))"
             f" where {order_day('30')}", {"day": "2026-10-30"}, "more days of orders"),
    Mutation("a day of absurd baskets", "basket_sizes_are_as_usual", ORDERS,
             set_in_lines(order_day("29"), "quantity", "'12'"), {"day": "2026-10-29"}, "more days of orders"),
    Mutation("a day of orders without customers", "orders_name_customers_as_usual", ORDERS,
             f"update raw_shop.orders set customer = null where {order_day('28')}",
             {"day": "2026-10-28"}, "more days of orders"),
    Mutation("a day of orders without a country", "orders_name_countries_as_usual", ORDERS,
             f"update raw_shop.orders set shipping_address = null, billing_address = null where {order_day('27')}",
             {"day": "2026-10-27"}, "more days of orders"),
    Mutation("a week of absurd discounts", "discounts_are_as_usual", ORDERS,
             set_in_lines("created_at >= '2026-10-25'", "discount_allocations",
                          "jsonb_build_array(jsonb_build_object('amount_set', jsonb_build_object('shop_money',"
                          " jsonb_build_object('amount', (line -> 'price_set' -> 'shop_money' ->> 'amount')::numeric"
                          " * 0.9))))"), {"day": "2026-10-31"}, "more days of orders"),
    Mutation("all list prices in another unit", "prices_by_category_are_as_usual", ORDERS,
             "update raw_shop.product_variants set price = price * 5", {"day": "2026-10-31"}, "more days of orders"),
    Mutation("a day of lost orders' events", "orders_have_their_event", EVENTS,
             f"delete from raw_clickstream.events where {event_day('30')} and event_name = 'Order Completed'",
             {"day": "2026-10-30"}, "days of events"),
    Mutation("a truncated day of events", "events_of_a_day_are_as_usual", EVENTS,
             f"delete from raw_clickstream.events where {event_day('31')} and"
             " extract(hour from occurred_at at time zone 'Europe/Paris') >= 12",
             {"day": "2026-10-31"}, "days of events"),
    Mutation("a doubled day of events: the tracker is there twice", "events_are_not_sent_twice", EVENTS,
             copied_events("29", "'is_late', false", "n = 1"), {"day": "2026-10-29"}, "days of events"),
    Mutation("a step of the funnel under another name", "no_event_name_fell_silent", EVENTS,
             f"update raw_clickstream.events set event_name = 'Add To Cart' where {event_day('28')}"
             " and event_name = 'Product Added'", {"day": "2026-10-28", "key": "Product Added"}, "days of events"),
    Mutation("the mix of events shifts", "event_mix_is_as_usual", EVENTS,
             copied_events("27", "'anonymous_id', 'mixer-' || n || events.anonymous_id",
                           "events.event_name = 'Product Viewed'"),
             {"day": "2026-10-27", "key": "Product Viewed"}, "days of events"),
    Mutation("a flood of robots", "robots_are_as_few_as_usual", EVENTS,
             copied_events("26", "'is_bot', true, 'anonymous_id', 'robot'"), {"day": "2026-10-26"}, "days of events"),
    Mutation("events without their product", "product_events_name_their_product", EVENTS,
             f"update raw_clickstream.events set product_id = null where {event_day('25')}"
             " and event_name = 'Product Viewed'", {"day": "2026-10-25", "key": "Product Viewed"}, "days of events"),
    Mutation("a flood that looks like people", "events_of_a_day_are_as_usual", EVENTS,
             copied_events("31", "'anonymous_id', 'flood-' || n || events.anonymous_id"),
             {"day": "2026-10-31"}, "more days of events"),
    Mutation("a day of events in another time zone", "event_hours_are_as_usual", EVENTS,
             "update raw_clickstream.events set occurred_at = occurred_at - interval '6 hours',"
             f" time_flag = 'on_time' where {event_day('30')}", {"day": "2026-10-30"}, "more days of events"),
    Mutation("a day without prices", "product_events_have_a_price", EVENTS,
             f"update raw_clickstream.events set properties = properties - 'price' where {event_day('28')}",
             {"day": "2026-10-28"}, "more days of events"),
    Mutation("a day on which everybody is a customer", "events_name_customers_as_usual", EVENTS,
             f"update raw_clickstream.events set user_id = 'everybody' where {event_day('27')}",
             {"day": "2026-10-27"}, "more days of events"),
    Mutation("orders stopped coming", "newest_order_is_recent", ORDERS,
             "with newest as (select max(_airbyte_extracted_at) as at from raw_shop.orders), gone as"
             " (delete from raw_shop.orders where created_at > '2026-10-24') update raw_shop.orders set"
             " _airbyte_extracted_at = newest.at from newest where created_at between '2026-10-23' and '2026-10-24'",
             {}, "more days of events"),
]  # fmt: skip

MUTATIONS = [*ROWS, *SCHEMA, *ON_DAYS]

ELSEWHERE = [
    Elsewhere("an added column", "test_expectations.py::test_schema_drift_is_named_and_an_added_column_passes",
              "passes: nothing reads it yet"),
    Elsewhere("an amount that is no number", "test_mutations.py::test_an_unreadable_amount_shuts_the_gate",
              "blocks: every rule that reads it says so"),
    Elsewhere("a load that stopped", "test_source_freshness.py::test_fresh_old_and_stale_sources",
              "`source_freshness` warns, then blocks"),
    Elsewhere("the same event with another payload",
              "test_kafka_landing.py::test_repeats_are_counted_and_conflicts_kept",
              "the first stands, the other is kept as a conflict; many warn"),
    Elsewhere("a record that is no event",
              "test_kafka_landing.py::test_poison_goes_to_bad_and_the_rest_of_the_batch_lands",
              "kept in `bad_events` with its reason"),
    Elsewhere("the hours of orders shift", "test_raw_days.py::test_hours_that_moved_are_found", "warns"),
    Elsewhere("an order lost by staging", "test_expectations.py::test_staging_that_lost_an_order_is_stopped",
              "`gate_staging` blocks"),
    Elsewhere("a mart that disagrees with staging",
              "test_expectations.py::test_marts_that_disagree_with_staging_are_stopped", "`gate_marts` blocks"),
    Elsewhere("a product deleted in the shop", "test_incremental.py::test_a_deleted_product_stays_as_it_was_last_seen",
              "right: it stays as it was last seen, marked"),
    Elsewhere("late events", "test_incremental.py::test_full_refresh_equals_daily_increments_row_for_row",
              "right: increments make a late visitor's rows anew"),
]  # fmt: skip
