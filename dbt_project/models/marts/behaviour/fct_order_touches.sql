with orders as (
    select * from {{ ref('fct_orders') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
    where not is_bot
),

events as (
    select * from {{ ref('int_events__sessionized') }}
    where event_name = 'Order Completed' and order_id is not null
),

people as (
    select
        visitor_id,
        person_id
    from {{ ref('int_identities__stitched') }}
),

-- the visit that reported the order first
reported as (
    select distinct on (order_id)
        order_id,
        visitor_id,
        occurred_at
    from events
    order by order_id asc, is_bot asc, occurred_at asc, event_id asc
),

-- the customer the order names, and the visitor who clicked: a guest, or a buyer on a borrowed device, has visits too
buyers as (
    select
        orders.order_id,
        reported.occurred_at,
        orders.customer_pseudonym as person
    from orders
    inner join reported on orders.order_id = reported.order_id
    where orders.customer_pseudonym is not null
    union
    select
        reported.order_id,
        reported.occurred_at,
        coalesce(people.person_id, reported.visitor_id) as person
    from reported
    left join people on reported.visitor_id = people.visitor_id
),

visits as (
    select
        sessions.*,
        coalesce(people.person_id, sessions.visitor_id) as person
    from sessions
    left join people on sessions.visitor_id = people.visitor_id
),

touches as (
    select
        buyers.order_id,
        visits.session_id,
        visits.channel,
        visits.campaign_source,
        visits.campaign_name,
        visits.started_at,
        row_number() over (partition by buyers.order_id order by visits.started_at, visits.session_id) as touch_number,
        count(*) over (partition by buyers.order_id) as touches_count
    from buyers
    inner join visits
        on
            buyers.person = visits.person
            and buyers.occurred_at >= visits.started_at
            and buyers.occurred_at < visits.started_at + interval '{{ var("attribution_days") }} days'
),

-- an order nobody clicked for has one touch without a visit, so that no order is lost
placed as (
    select
        orders.order_id,
        orders.order_date,
        orders.shop_currency,
        orders.net_sales_shop_amount,
        touches.session_id,
        coalesce(touches.channel, case orders.source_name when 'pos' then 'In store' else 'Unknown' end) as channel,
        touches.campaign_source,
        touches.campaign_name,
        touches.started_at,
        coalesce(touches.touch_number, 1) as touch_number,
        coalesce(touches.touches_count, 1) as touches_count
    from orders
    left join touches on orders.order_id = touches.order_id
),

weighed as (
    select
        *,
        case when touch_number = 1 then 1 else 0 end as first_weight,
        case when touch_number = touches_count then 1 else 0 end as last_weight,
        1.0 / touches_count as linear_weight,
        -- 40 % to the first, 40 % to the last, the rest shared by those between
        case
            when touches_count = 1 then 1
            when touches_count = 2 then 0.5
            when touch_number in (1, touches_count) then 0.4
            else 0.2 / (touches_count - 2)
        end as position_weight
    from placed
),

final as (
    select
        -- keys
        order_id,
        touch_number::integer as touch_number,
        touches_count::integer as touches_count,
        session_id,

        -- what it is
        channel,
        campaign_source,
        campaign_name,

        -- shares of the order: the last touch has what rounding left over, so that they add up to one
        {% for model in ['first', 'last', 'linear', 'position'] -%}
            {{ remainder_to_last(model ~ '_weight', '1', 6) }} as {{ model }}_share,
        {% endfor %}

        -- shares of its money, to the cent
        shop_currency,
        {% for model in ['first', 'last', 'linear', 'position'] -%}
            {{ remainder_to_last(model ~ '_weight', 'net_sales_shop_amount', 2) }} as {{ model }}_net_sales_shop_amount,
        {% endfor %}

        -- times
        started_at,
        order_date
    from weighed
    window earlier as (
        partition by order_id order by touch_number rows between unbounded preceding and 1 preceding
    )
)

select * from final
