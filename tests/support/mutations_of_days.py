"""Corruptions of complete days of orders or events, each of a day of its own."""

from __future__ import annotations

from tests.support.mutation import EVENTS, ORDERS, Mutation


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
             "update raw_shop.orders set created_at = created_at + interval '2 hours',"
             f" processed_at = processed_at + interval '2 hours' where {order_day('29')}",
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
    Mutation("an order in the hundredth of its currency", "exchange_rates_are_no_other_amounts", ORDERS,
             "update raw_shop.orders set total_price_set = jsonb_set(total_price_set, '{presentment_money,amount}',"
             " to_jsonb(((total_price_set -> 'presentment_money' ->> 'amount')::numeric * 100)::text))"
             " where id = (select max(id) from raw_shop.orders where presentment_currency = 'GBP')",
             {"currency": "GBP"}, "days of orders"),
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
    Mutation("all list prices in cents", "prices_by_category_are_in_their_unit", ORDERS,
             "update raw_shop.product_variants set price = price * 20", {"day": "2026-10-31"}, "more days of orders"),
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
    Mutation("orders that somebody made up", "completed_orders_are_in_the_shop", ORDERS,
             copied_events("29", "'anonymous_id', 'liar', 'properties', jsonb_build_object('order_id',"
                           " 'made-up-' || n || events.event_id)", "events.event_name = 'Order Completed'"),
             {"day": "2026-10-29"}, "more days of events"),
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
