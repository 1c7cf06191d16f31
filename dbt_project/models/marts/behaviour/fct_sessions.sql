{{
    config(
        materialized='incremental', unique_key='session_id',
        pre_hook="{{ forget_touched_visits(ref('int_events__sessionized')) }}",
        post_hook="{{ forget_the_rest_of_days('session_date') }}"
    )
}}
{% set sessionized = ref('int_events__sessionized') %}
{% set order_has_changed = order_has_changed() %}

-- not materialized: it is read by index, three times, for a few thousand visits of millions
with events as not materialized (
    select * from {{ sessionized }}
),

-- not materialized either: a day's orders are looked up
order_lines as not materialized (
    select * from {{ ref('int_order_lines__settled') }}
),

shop_orders as not materialized (
    select order_id from {{ ref('stg_shop__orders') }}
),

reports as not materialized (
    select
        order_id,
        session_id,
        is_bot,
        occurred_at,
        event_id
    from events
    where event_name = 'Order Completed' and order_id is not null
),

{% if is_increment() %}
    touched_visits as (
        select session_id from events
        {{ where_visit_was_touched(sessionized) }}
    ),

    -- an order that the shop sent or changed since, or that another visit tells, too, changes a visit of long ago
    touched_orders as (
        select order_id from reports
        where session_id = any(array(select touched_visits.session_id from touched_visits))
        union
        select order_id from {{ ref('int_orders__tracked') }}
        where {{ order_has_changed }}
    ),

    candidates as (
        select session_id from touched_visits
        union
        select session_id from reports
        where order_id = any(array(select touched_orders.order_id from touched_orders))
    ),

    -- all orders of these visits: what a visit brought is added up anew
    told_orders as (
        select order_id from reports
        where session_id = any(array(select candidates.session_id from candidates))
    ),
{% endif %}

-- a thank-you page that is opened again reports the same order: it counts in the visit that reported it first, of a
-- person before a bot
order_events as (
    select distinct on (order_id)
        order_id,
        session_id
    from reports
    {% if is_increment() %}
        where order_id = any(array(select told_orders.order_id from told_orders))
    {% endif %}
    order by order_id asc, is_bot asc, occurred_at asc, event_id asc
),

-- anybody can invent an order's number: such an order is shown, and counts nowhere until the shop has it
counted_orders as (
    select order_events.*
    from order_events
    inner join shop_orders on order_events.order_id = shop_orders.order_id
    {% if is_increment() %}
        where shop_orders.order_id = any(array(select told_orders.order_id from told_orders))
    {% endif %}
),

order_sales as (
    select
        order_id,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from order_lines
    {% if is_increment() %}
        where order_id = any(array(select told_orders.order_id from told_orders))
    {% endif %}
    group by order_id
),

session_orders as (
    select
        order_events.session_id,
        count(counted_orders.order_id) as orders_count,
        count(*) - count(counted_orders.order_id) as unknown_orders_count,
        coalesce(sum(order_sales.net_sales_shop_amount), 0) as net_sales_shop_amount
    from order_events
    left join counted_orders on order_events.order_id = counted_orders.order_id
    left join order_sales on order_events.order_id = order_sales.order_id
    group by order_events.session_id
),

{% if is_increment() %}
    known as (
        select * from {{ this }}
        where session_id = any(array(select candidates.session_id from candidates))
    ),

    touched as (
        select session_id from touched_visits
        union
        select candidates.session_id
        from candidates
        left join known on candidates.session_id = known.session_id
        left join session_orders on candidates.session_id = session_orders.session_id
        where
            coalesce(known.orders_count, 0) <> coalesce(session_orders.orders_count, 0)
            or coalesce(known.unknown_orders_count, 0) <> coalesce(session_orders.unknown_orders_count, 0)
            or coalesce(known.net_sales_shop_amount, 0) <> coalesce(session_orders.net_sales_shop_amount, 0)
    ),
{% endif %}

-- not materialized: it would be written aside with all its columns, which takes longer than reading it three times
visit_events as not materialized (
    select * from events
    {% if is_increment() %}
        where session_id = any(array(select touched.session_id from touched))
    {% endif %}
),

landings as (
    select * from visit_events
    where event_id = session_id
),

sources as (
    {{ traffic_sources('landings') }}
),

-- who signed in during the visit; the last one, should a device be shared
signed_in as (
    select distinct on (session_id)
        session_id,
        customer_pseudonym
    from visit_events
    where customer_pseudonym is not null
    order by session_id asc, occurred_at desc, event_id desc
),

visits as (
    select
        visit_events.session_id,
        min(visit_events.occurred_at) as started_at,
        max(visit_events.occurred_at) as ended_at,
        count(*) as events_count,
        count(*) filter (where visit_events.event_name = 'Page Viewed') as page_views_count,
        count(*) filter (where visit_events.event_name = 'Products Searched') as searches_count,
        count(*) filter (where visit_events.event_name = 'Product Viewed') as product_views_count,
        count(*) filter (where visit_events.event_name = 'Product Added') as carts_count,
        count(*) filter (where visit_events.event_name = 'Checkout Started') as checkouts_count,
        -- v(iewed), c(arted), p(aying), o(rdered), in the order in which they happened
        string_agg(
            case
                when visit_events.event_name = 'Product Viewed' then 'v'
                when visit_events.event_name = 'Product Added' then 'c'
                when visit_events.event_name = 'Checkout Started' then 'p'
                when visit_events.event_name = 'Order Completed' and counted_orders.order_id is not null then 'o'
            end, '' order by visit_events.occurred_at, visit_events.sent_position, visit_events.event_id
        ) as steps,
        bool_or(visit_events.is_bot) as is_bot,
        max(visit_events.run_landed_at) as landed_at
    from visit_events
    left join counted_orders
        on visit_events.order_id = counted_orders.order_id and visit_events.session_id = counted_orders.session_id
    group by visit_events.session_id
),

final as (
    select
        -- ids
        visits.session_id,
        landings.visitor_id,
        signed_in.customer_pseudonym,

        -- where it came from
        landings.page_path as landing_path,
        landings.referrer_host,
        landings.campaign_source,
        landings.campaign_medium,
        landings.campaign_name,
        sources.source,
        sources.medium,
        sources.channel,
        landings.device_type,
        landings.locale,
        visits.is_bot,

        -- what happened
        visits.events_count::integer as events_count,
        visits.page_views_count::integer as page_views_count,
        visits.searches_count::integer as searches_count,
        visits.product_views_count::integer as product_views_count,
        visits.carts_count::integer as carts_count,
        visits.checkouts_count::integer as checkouts_count,
        coalesce(session_orders.orders_count, 0)::integer as orders_count,
        coalesce(session_orders.unknown_orders_count, 0)::integer as unknown_orders_count,
        visits.product_views_count > 0 as has_product_view,
        visits.carts_count > 0 as has_cart,
        visits.checkouts_count > 0 as has_checkout,
        coalesce(session_orders.orders_count, 0) > 0 as has_order,
        case
            when visits.steps like '%v%c%p%o%' then 5
            when visits.steps like '%v%c%p%' then 4
            when visits.steps like '%v%c%' then 3
            when visits.steps like '%v%' then 2
            else 1
        end as funnel_step,
        coalesce(session_orders.net_sales_shop_amount, 0)::numeric(18, 3) as net_sales_shop_amount,

        -- times
        visits.started_at,
        visits.ended_at,
        extract(epoch from visits.ended_at - visits.started_at)::integer as duration_seconds,
        landings.event_date as session_date,
        visits.landed_at
    from visits
    inner join landings on visits.session_id = landings.session_id
    inner join sources on visits.session_id = sources.session_id
    left join signed_in on visits.session_id = signed_in.session_id
    left join session_orders on visits.session_id = session_orders.session_id
)

select * from final
