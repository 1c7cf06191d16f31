-- Figures of the clickstream, by the shop's day on which an event happened (as staging dates it). Robots have a figure
-- of their own and are in no other.
with events as materialized (
    select
        (
            case
                when time_flag in ('future', 'implausible') then received_at
                else least(occurred_at, received_at)
            end at time zone %(timezone)s
        ) as happened_at,
        left(coalesce(event_name, case event_type when 'page' then 'Page Viewed' else event_type end), 255)
            as event_name,
        anonymous_id,
        user_id,
        product_id,
        properties ->> 'price' as price,
        is_bot
    from raw_clickstream.events
    -- nothing happens after it was received, so earlier partitions hold none of these days
    where received_at >= %(since)s and event_type <> 'withdrawal'
),

dated as materialized (
    select *, happened_at::date as day, extract(hour from happened_at)::int as hour
    from events
    where happened_at::date = any(%(days)s)
),

days as (select unnest(%(days)s) as day),

by_name as (
    select day, event_name, count(*) as n from dated where not is_bot group by day, event_name
),

totals as (
    select days.day, coalesce(sum(by_name.n), 0) as n
    from days left join by_name on days.day = by_name.day
    group by days.day
),

-- a name without events has a row with nothing in it; one that hardly anybody sends is not followed, for anybody can
-- invent thousands
names as (
    select event_name from by_name where n >= 10
    union
    select key from ops.day_figures where figure = 'event_mix'
),

visitor_hours as (
    select day, hour, count(*) as n
    from (select distinct day, hour, anonymous_id from dated where not is_bot) as seen
    group by day, hour
),

copies as (
    select day, n
    from (
        select day, count(*) as n
        from dated
        where not is_bot
        group by day, anonymous_id, event_name, product_id, date_trunc('second', happened_at)
    ) as alike
),

final (day, figure, key, value, sample_count) as (
    select day, 'events', '', n as value, n as sample_count from totals
    union all
    select totals.day, 'event_mix', names.event_name, coalesce(by_name.n, 0) / totals.n, totals.n
    from totals
    cross join names
    left join by_name on totals.day = by_name.day and names.event_name = by_name.event_name
    where totals.n > 0
    union all
    select day, 'visitor_hours', hour::text, n / sum(n) over (partition by day), sum(n) over (partition by day)
    from visitor_hours
    union all
    select day, 'events_sent_twice', '', sum(n - 1) / sum(n), sum(n) from copies group by day
    union all
    select day, 'events_of_robots', '', avg(is_bot::int), count(*) from dated group by day
    union all
    select day, 'events_without_product', event_name, avg((product_id is null)::int), count(*)
    from dated
    where not is_bot and event_name in ('Product Clicked', 'Product Viewed', 'Product Added', 'Product Removed')
    group by day, event_name
    union all
    select day, 'events_without_price', event_name, avg((price is null)::int), count(*)
    from dated
    where not is_bot and event_name in ('Product Viewed', 'Product Added')
    group by day, event_name
    union all
    select day, 'events_without_customer', '', avg((user_id is null)::int), count(*)
    from dated
    where not is_bot
    group by day
)

insert into ops.day_figures (day, figure, key, value, sample_count)
select day, figure, key, value, sample_count from final
