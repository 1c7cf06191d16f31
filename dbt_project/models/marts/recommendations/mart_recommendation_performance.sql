{{
    config(
        materialized='incremental', unique_key='event_date',
        post_hook="{{ forget_the_rest_of_days('event_date') }}"
    )
}}
{% set sessionized = ref('int_events__sessionized') %}
{% set exploded = ref('int_product_events__exploded') %}

-- not materialized: a few days of millions of rows are read by index, and the few credited clicks
with recommendations as not materialized (
    select * from {{ ref('fct_recommendation_events') }}
    where not is_bot
),

order_lines as not materialized (
    select * from {{ ref('fct_order_lines') }}
),

shop as (
    select max(shop_currency) as shop_currency from order_lines
),

-- few: the last clicks before a purchase
earned as (
    select
        recommendations.event_date,
        recommendations.recommendation_slot,
        recommendations.algorithm,
        sum(order_lines.units_count) as units_count,
        sum(order_lines.net_sales_shop_amount) as net_sales_shop_amount
    from recommendations
    inner join order_lines
        on recommendations.order_id = order_lines.order_id and recommendations.product_id = order_lines.product_id
    where recommendations.is_credited
    group by recommendations.event_date, recommendations.recommendation_slot, recommendations.algorithm
),

{% if is_increment() %}
    touched_days as (
        -- what is bought today was clicked up to a week ago; one day more, because the week is counted in hours
        {{ days_touched(sessionized, var('recommendation_days') ~ ' + 1') }}
        union
        -- an order that another visit turned out to have told first
        {{ days_touched(exploded, var('recommendation_days') ~ ' + 1', 'landed_at') }}
        {{ or_days_backfilled(sessionized, var('recommendation_days') ~ ' + 1') }}
        union
        -- an order that was refunded, cancelled or sent by the shop since
        select coalesce(known.event_date, earned.event_date) as event_date
        from {{ this }} as known
        full join earned
            on
                known.event_date = earned.event_date
                and known.recommendation_slot = earned.recommendation_slot
                and known.algorithm = earned.algorithm
        where
            coalesce(known.units_count, 0) <> coalesce(earned.units_count, 0)
            or coalesce(known.net_sales_shop_amount, 0) <> coalesce(earned.net_sales_shop_amount, 0)
    ),
{% endif %}

counted as (
    select
        event_date,
        recommendation_slot,
        algorithm,
        bool_or(is_fallback) as is_fallback,
        count(distinct visitor_id) as visitors_count,
        count(*) filter (where recommendation_event_type = 'show') as shown_count,
        count(*) filter (where recommendation_event_type = 'click') as clicked_count,
        count(*) filter (where recommendation_event_type = 'show' and is_bought) as shown_and_bought_count,
        count(*) filter (where is_credited) as clicked_and_bought_count,
        max(landed_at) as landed_at
    from recommendations
    {% if is_increment() %}
        where event_date = any(array(select touched_days.event_date from touched_days))
    {% endif %}
    group by event_date, recommendation_slot, algorithm
),

final as (
    select
        -- keys
        counted.event_date,
        counted.recommendation_slot,
        counted.algorithm,

        -- what it is
        counted.is_fallback,

        -- counts
        counted.visitors_count::integer as visitors_count,
        counted.shown_count::integer as shown_count,
        counted.clicked_count::integer as clicked_count,
        counted.shown_and_bought_count::integer as shown_and_bought_count,
        counted.clicked_and_bought_count::integer as clicked_and_bought_count,
        coalesce(earned.units_count, 0)::integer as units_count,

        -- money in the shop's currency
        shop.shop_currency,
        coalesce(earned.net_sales_shop_amount, 0)::numeric(18, 3) as net_sales_shop_amount,

        -- times
        counted.landed_at
    from counted
    cross join shop
    left join earned
        on
            counted.event_date = earned.event_date
            and counted.recommendation_slot = earned.recommendation_slot
            and counted.algorithm = earned.algorithm
)

select * from final
