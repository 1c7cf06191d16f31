-- grain: one row per event and product, of the landed events that count; the same rule as product_events.py.
-- What is computed from raw (recompute.sql, pair_index.py) starts here.
create or replace view serving.countable_events as
with

counted as not materialized (  -- else a query for one day would read all days
    select
        events.*,
        case events.event_name
            when 'Product Viewed' then 'view' when 'Product Added' then 'cart' else 'purchase'
        end as kind
    from raw_clickstream.events as events
    where
        events.event_type = 'track'
        and events.event_name in ('Product Viewed', 'Product Added', 'Order Completed')
        and not events.is_bot
        and events.context -> 'consent' -> 'personalisation' = 'true'::jsonb
        and events.time_flag in ('on_time', 'late')
        and not exists (
            select from serving.withdrawals as said
            where
                said.visitor_id = events.anonymous_id
                and (
                    events.occurred_at <= said.said_at
                    or (
                        said.topic = events.kafka_topic and said.partition = events.kafka_partition
                        and events.kafka_offset < said."offset"
                    )
                )
        )
),

products as (
    select
        counted.*,
        counted.properties as product
    from counted
    where counted.kind <> 'purchase'
    union all
    select
        counted.*,
        lines.product
    from counted
    cross join
        lateral (
            select distinct on (line.product ->> 'product_id') line.product
            from jsonb_array_elements(coalesce(counted.properties -> 'products', '[]'::jsonb))
                with ordinality as line (product, place)
            order by line.product ->> 'product_id', line.place
        ) as lines
    where
        counted.kind = 'purchase'
        and not exists (
            select from serving.purchases as bought
            where
                bought.order_id = counted.properties ->> 'order_id'
                and bought.product_id = lines.product ->> 'product_id'
                and bought.event_id <> counted.event_id
        )
)

select
    event_id collate "C" as event_id,
    (product ->> 'product_id') collate "C" as product_id,
    anonymous_id as visitor_id,
    coalesce(nullif(session_id, ''), to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD')) as session_id,
    kind,
    coalesce(product ->> 'category', '') as category,
    occurred_at,
    received_at,
    kafka_topic,
    kafka_partition,
    kafka_offset
from products;
