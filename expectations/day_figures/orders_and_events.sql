-- How the shop and the clickstream agree about the same orders: an order of the web has an Order Completed event,
-- unless the visitor refused or blocked the tracker, and every such event has an order. Orders of the till have none.
with reports as materialized (
    select
        events.properties ->> 'order_id' as order_id,
        least(events.occurred_at, events.received_at) as happened_at,
        events.time_flag in ('future', 'implausible') as is_unclear_when,
        case
            when events.properties ->> 'total' ~ '^[0-9]{1,12}([.][0-9]{1,6})?$'
                then (events.properties ->> 'total')::numeric
        end as total,
        events.properties ->> 'currency' as currency,
        coalesce(names.customer_pseudonym, events.user_id) as customer_pseudonym
    from raw_clickstream.events as events
    left join pii.click_pseudonyms as names on events.user_id = names.click_pseudonym
    where events.received_at >= %(since)s and events.event_name = 'Order Completed' and not events.is_bot
),

-- the first thank-you page: people open it again
completed as materialized (
    select distinct on (order_id) * from reports
    order by order_id, happened_at
),

orders as materialized (
    select
        shop_orders.order_id,
        (shop_orders.created_at at time zone %(timezone)s)::date as day,
        shop_orders.created_at,
        shop_orders.currency,
        shop_orders.total,
        pseudonyms.customer_pseudonym
    from shop_orders
    left join pii.customer_pseudonyms as pseudonyms on shop_orders.customer_id = pseudonyms.customer_id
    where shop_orders.is_counted and shop_orders.is_online and shop_orders.created_at >= %(since)s
),

-- anybody can tell of an order whose number he knows: it disagrees only if all that was told of it does
pairs as (
    select
        orders.order_id,
        orders.day,
        bool_or(reports.order_id is not null) as is_seen,
        bool_and(
            abs(extract(epoch from reports.happened_at - orders.created_at)) > 20 * 60 and not reports.is_unclear_when
        ) as is_time_off,
        bool_and(orders.currency <> reports.currency) as is_currency_off,
        bool_and(
            abs(orders.total - reports.total) > greatest(0.02, 0.002 * orders.total)
            and orders.currency = reports.currency
        ) as is_value_off,
        bool_and(orders.customer_pseudonym <> reports.customer_pseudonym) as is_customer_off
    from orders left join reports on orders.order_id = reports.order_id
    group by orders.order_id, orders.day
),

reported as (
    select
        (completed.happened_at at time zone %(timezone)s)::date as day,
        not exists (select from shop_orders where shop_orders.order_id = completed.order_id) as is_unknown
    from completed
    where completed.order_id <> '' and not completed.is_unclear_when
),

final (day, figure, key, value, sample_count) as (
    select day, 'orders_with_event', '', avg(is_seen::int), count(*) from pairs group by day
    union all
    select day, 'completed_without_order', '', avg(is_unknown::int), count(*) from reported group by day
    union all
    select day, 'order_times_off', '', avg(is_time_off::int), count(is_time_off) from pairs group by day
    union all
    select day, 'order_currencies_off', '', avg(is_currency_off::int), count(is_currency_off) from pairs group by day
    union all
    select day, 'order_values_off', '', avg(is_value_off::int), count(is_value_off) from pairs group by day
    union all
    select day, 'order_customers_off', '', avg(is_customer_off::int), count(is_customer_off) from pairs group by day
)

insert into ops.day_figures (day, figure, key, value, sample_count)
select day, figure, key, value, sample_count from final where day = any(%(days)s) and value is not null
