"""Corruptions of single rows and of the schema, each of rows of its own: the failed row shows which one it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from tests.support.mutation import EVENTS, ORDERS, Mutation
from tests.support.warehouse_fixtures import insert, make_order


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
    Mutation("a line of a product that does not exist", "line_products_are_known", ORDERS,
             set_in_line(7, "product_id", "777"), {"order_id": 7, "product_id": "777"}),
    Mutation("a negative price", "line_prices_are_not_negative", ORDERS, negative_price, {"order_id": 103}),
    Mutation("a wild price in an order", "line_prices_are_not_absurd", ORDERS,
             set_in_line(5, "price_set,shop_money,amount", '"99999999"'), {"order_id": 5}),
    Mutation("a price that is missing in the shop's currency", "line_prices_are_present", ORDERS,
             set_in_line(6, "price_set,shop_money", "{}"), {"order_id": 6}),
    Mutation("zero units", "line_quantities_are_positive", ORDERS, set_in_line(5, "quantity", "0"), {"order_id": 5}),
    Mutation("units below zero", "line_quantities_are_not_negative", ORDERS, set_in_line(6, "quantity", "-1"),
             {"order_id": 6}),
    Mutation("the same line in two orders", "line_ids_are_unique", ORDERS, set_in_line(2, "id", "11"),
             {"line_id": "11", "times": 2}),
    Mutation("a discount over the price", "line_discounts_are_within_the_price", ORDERS,
             set_in_line(1, "discount_allocations,0,amount_set,presentment_money,amount", '"9999"'), {"order_id": 1}),
    Mutation("an order's currency that is not its lines'", "line_currencies_are_the_orders", ORDERS,
             "update raw_shop.orders set presentment_currency = 'CHF' where id = 2", {"order_id": 2}),
    Mutation("dollars called euros", "amounts_of_one_currency_are_equal", ORDERS,
             dollars_called_euros, {"order_id": 104}),
    Mutation("the shop's amounts in another currency", "shop_amounts_are_in_the_shop_currency", ORDERS,
             set_in_line(3, "price_set,shop_money,currency_code", '"USD"'), {"order_id": 3}),
    Mutation("a currency that no list has", "order_currencies_are_known", ORDERS,
             "update raw_shop.orders set presentment_currency = 'QQQ' where id = 1", {"id": 1}),
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
    Mutation("an order without its number", "order_ids_are_present", ORDERS,
             "update raw_shop.orders set id = null where id = 8", {"id": None}),
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
    Mutation("a negative cost", "unit_costs_are_not_negative", "raw_shop.inventory_items",
             "update raw_shop.inventory_items set cost = -3 where id = 100", {"id": 100}),
    Mutation("a cost of a hundred prices", "unit_costs_are_believable", "raw_shop.inventory_items",
             "insert into raw_shop.product_variants (id, product_id, price, inventory_item_id) values (60, 1, 10, 600);"
             " insert into raw_shop.inventory_items (id, cost) values (600, 1001)", {"id": 600}),
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
    Mutation("a flood of invalid events", "bad_events_are_few", EVENTS,
             "insert into raw_clickstream.bad_events (topic, partition, \"offset\", reason)"
             " select 'clicks', 0, n, 'bad_json' from generate_series(1, 500) as n", {"bad": 500}),
    Mutation("events that change after they were sent", "conflicting_events_are_few", EVENTS,
             "insert into raw_clickstream.duplicate_events (topic, partition, \"offset\", event_id, is_conflict)"
             " select 'clicks', 0, n, 'a1', true from generate_series(1, 50) as n", {"conflicts": 50}),
]  # fmt: skip

# one change of the schema per table at most: the other rules of such a table are not reported
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
