-- The stream's state recomputed from raw_clickstream.events by SQL alone: the same as session_counts.py and
-- product_events.py do in Python. Temporary tables recomputed_*, dropped at the end of the transaction.

-- The raw events below the stream's fence. Events of the stream that are not in raw are taken over unchecked when the
-- stream is ahead of the lander, when their day was moved to the archive, or when the lander kept them as bad. So are
-- those with an id that was sent again with other content: which of the two each side read first, nobody has promised.
create temp table recomputed_visitor_events on commit drop as
with

conflicting as materialized (
    select distinct event_id from raw_clickstream.duplicate_events
    where is_conflict
),

raw_events as (
    select
        events.event_id,
        events.product_id,
        events.visitor_id,
        events.session_id,
        events.kind,
        events.category,
        events.occurred_at
    from serving.countable_events as events
    inner join serving.stream_offsets as fence
        on
            events.kafka_topic = fence.topic
            and events.kafka_partition = fence.partition
            and events.kafka_offset < fence.next_offset
    where
        not exists (
            select from conflicting
            where conflicting.event_id = events.event_id
        )
        and not exists (
            select from serving.poison_records as poison
            where
                poison.query_name = fence.query_name and poison.topic = events.kafka_topic
                and poison.partition = events.kafka_partition and poison."offset" = events.kafka_offset
        )
),

lander_is_behind as (
    select coalesce(bool_or(fence.next_offset > coalesce(landed.next_offset, 0)), false) as is_behind
    from serving.stream_offsets as fence
    left join raw_clickstream.kafka_offsets as landed
        on fence.topic = landed.topic and fence.partition = landed.partition
),

archived_days as (
    select distinct day from ops.archived_days
    where restored_at is null
),

unstorable as materialized (
    select convert_from(payload, 'UTF8') as record
    from raw_clickstream.bad_events
    where reason = 'unstorable'
),

kept_as_bad as materialized (
    select record::jsonb ->> 'messageId' as event_id from unstorable
    where pg_input_is_valid(record, 'jsonb')
),

not_in_raw as (
    select
        state.event_id,
        state.product_id,
        state.visitor_id,
        state.session_id,
        state.kind,
        state.category,
        state.occurred_at
    from serving.visitor_events as state
    left join raw_clickstream.event_ids as known on known.event_key = md5(state.event_id)::uuid
    where
        (
            (select lander.is_behind from lander_is_behind as lander)
            or known.day in (select days.day from archived_days as days)
            or state.event_id in (select bad.event_id from kept_as_bad as bad)
        )
        and not exists (
            select from raw_clickstream.events as events
            where events.event_id = state.event_id
        )
        and not exists (
            select from conflicting
            where conflicting.event_id = state.event_id
        )
),

told_twice as (
    select
        state.event_id,
        state.product_id,
        state.visitor_id,
        state.session_id,
        state.kind,
        state.category,
        state.occurred_at
    from serving.visitor_events as state
    inner join conflicting on state.event_id = conflicting.event_id
)

select * from raw_events
union all
select * from not_in_raw
union all
select * from told_twice;

create temp table recomputed_pair_counts on commit drop as
with

numbered as (
    select
        *,
        case kind when 'view' then 1 when 'cart' then 2 else 3 end as strength,
        row_number() over (
            partition by visitor_id, session_id order by occurred_at, event_id, product_id
        ) as n
    from recomputed_visitor_events
),

products as (
    select
        visitor_id,
        session_id,
        product_id,
        max(strength) as strength,
        row_number() over (partition by visitor_id, session_id order by min(n)) as place,
        min(min(occurred_at)) over (partition by visitor_id, session_id) as started_at
    from numbered
    where n <= 200
    group by visitor_id, session_id, product_id
),

pairs as (
    select
        product.product_id,
        neighbour.product_id as neighbour_id,
        date_trunc('week', product.started_at at time zone 'utc')::date as week_start,
        case when neighbour.place > product.place then 1000 else 500 end
        / abs(neighbour.place - product.place) * neighbour.strength as similar_weight,
        case
            when least(product.strength, neighbour.strength) >= 2
                then 1000 * (product.strength + neighbour.strength - 3)
            else 0
        end as together_weight,
        case when least(product.strength, neighbour.strength) = 3 then 1 else 0 end as bought_count
    from products as product
    inner join products as neighbour
        on
            product.visitor_id = neighbour.visitor_id
            and product.session_id = neighbour.session_id
            and product.product_id <> neighbour.product_id
            and abs(neighbour.place - product.place) <= 10
    where product.place <= 30 and neighbour.place <= 30
)

select
    product_id,
    neighbour_id,
    week_start,
    sum(similar_weight)::bigint as similar_weight,
    sum(together_weight)::bigint as together_weight,
    sum(bought_count)::bigint as bought_count
from pairs
group by product_id, neighbour_id, week_start;

create temp table recomputed_product_counts on commit drop as
select
    date_trunc('hour', occurred_at, 'UTC') as hour,
    category,
    product_id,
    count(*) filter (where kind = 'view') as views_count,
    count(*) filter (where kind = 'cart') as carts_count,
    count(*) filter (where kind = 'purchase') as purchases_count
from recomputed_visitor_events
group by date_trunc('hour', occurred_at, 'UTC'), category, product_id;
