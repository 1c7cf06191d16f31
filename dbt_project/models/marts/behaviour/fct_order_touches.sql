{{
    config(
        materialized='incremental', unique_key='order_id', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}"
    )
}}

-- not materialized: all four are read by index, for a few thousand rows of millions
with all_orders as not materialized (
    select * from {{ ref('fct_orders') }}
),

all_sessions as not materialized (
    select * from {{ ref('fct_sessions') }}
),

sessionized as not materialized (
    select * from {{ ref('int_events__sessionized') }}
),

people as not materialized (
    select * from {{ ref('int_identities__stitched') }}
),

{% if is_increment() %}
    touched_visitors as (
        select
            visitor_id,
            person_id
        from people
        where {{ landed_since_last_build() }} {{ or_near_backfilled_days('first_seen_at', 'last_seen_at') }}
    ),

    touched_people as (
        select person_id from touched_visitors
        union
        select visitor_id as person_id from touched_visitors
    ),

    -- a visit more or less of a person touches all orders of that person
    touched_orders as (
        select order_id from all_orders
        where {{ order_has_changed() }}
        union
        select order_id from all_orders
        where customer_pseudonym = any(array(select touched_people.person_id from touched_people))
        union
        select order_id
        from sessionized
        where
            visitor_id = any(array(
                select people.visitor_id from people
                where people.person_id = any(array(select touched_people.person_id from touched_people))
            ))
            and event_name = 'Order Completed' and order_id is not null
        union
        -- whose person the visitor was until now
        select known.order_id
        from sessionized
        inner join {{ this }} as known on sessionized.event_id = known.session_id
        where sessionized.visitor_id = any(array(select touched_visitors.visitor_id from touched_visitors))
        {% if is_backfill() %}
            union
            -- of which a visit counted that may be no more
            select order_id from {{ this }}
            where {{ is_near_backfilled_days('started_at', 'started_at') }}
        {% endif %}
    ),
{% endif %}

orders as (
    select * from all_orders
    {% if is_increment() %}
        where order_id = any(array(select touched_orders.order_id from touched_orders))
    {% endif %}
),

events as (
    select * from sessionized
    where
        event_name = 'Order Completed' and order_id is not null
        {% if is_increment() %}
            and order_id = any(array(select orders.order_id from orders))
        {% endif %}
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

reporters as (
    select
        visitor_id,
        person_id
    from people
    {% if is_increment() %}
        where visitor_id = any(array(select reported.visitor_id from reported))
    {% endif %}
),

-- the customer the order names, and the visitor who clicked: a guest, or a buyer on a borrowed device, has visits too
named_buyers as (
    select
        orders.order_id,
        reported.visitor_id,
        reported.occurred_at,
        orders.customer_pseudonym as person
    from orders
    inner join reported on orders.order_id = reported.order_id
    where orders.customer_pseudonym is not null
    union
    select
        reported.order_id,
        reported.visitor_id,
        reported.occurred_at,
        coalesce(reporters.person_id, reported.visitor_id) as person
    from reported
    left join reporters on reported.visitor_id = reporters.visitor_id
),

-- an account on very many devices is that of a till, of testers or of a broken client: the visits are not one person's
shared_accounts as (
    select person_id
    from people
    where
        is_merged
        and person_id in (select named_buyers.person from named_buyers)
        -- the same of a few, looked up in an index
        {% if is_increment() %}
            and person_id = any(array(select named_buyers.person from named_buyers))
        {% endif %}
    group by person_id
    having count(*) > {{ var('shared_account_visitors') }}
),

buyers as (
    select distinct
        order_id,
        occurred_at,
        case when person in (select shared_accounts.person_id from shared_accounts) then visitor_id else person end
            as person
    from named_buyers
),

-- what the buyers have visited from
devices as (
    select
        visitor_id,
        person_id
    from people
    {% if is_increment() %}
        where
            person_id = any(array(select buyers.person from buyers))
            or visitor_id = any(array(select buyers.person from buyers))
    {% endif %}
),

visits as (
    select
        sessions.*,
        case
            when devices.person_id in (select shared_accounts.person_id from shared_accounts) then sessions.visitor_id
            else coalesce(devices.person_id, sessions.visitor_id)
        end as person
    from all_sessions as sessions
    left join devices on sessions.visitor_id = devices.visitor_id
    where
        not sessions.is_bot
        {% if is_increment() %}
            and sessions.visitor_id = any(array(
                select owned.visitor_id from devices as owned
                union
                select buyers.person from buyers
            ))
        {% endif %}
),

touches as (
    select
        buyers.order_id,
        visits.session_id,
        visits.channel,
        visits.campaign_source,
        visits.campaign_name,
        visits.started_at,
        visits.landed_at,
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
        touches.landed_at,
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
        order_date,
        landed_at
    from weighed
    window earlier as (
        partition by order_id order by touch_number rows between unbounded preceding and 1 preceding
    )
)

{{ as_contracted('final') }}
