{{
    config(
        materialized='incremental', unique_key='recommendation_event_id',
        post_hook="{{ forget_the_rest_of_days('event_date') }}"
    )
}}

{% set sessionized = ref('int_events__sessionized') %}
{% set exploded = ref('int_product_events__exploded') %}

with interactions as (
    select * from {{ exploded }}
    where interaction_type = 'purchase' and order_id is not null and not is_repeat
),

{% if is_increment() %}
    -- a purchase may be credited to another click of the visitor than before
    touched_buyers as (
        (
            select visitor_id from interactions
            intersect
            select visitor_id from {{ sessionized }}
            {{ where_visit_was_touched(sessionized) }}
        )
        union
        -- an order that another visitor turned out to have told first
        select visitor_id from {{ exploded }}
        where interaction_type = 'purchase' and {{ landed_since_last_build() }}
        {% if is_backfill() %}
            union
            {{ backfilled_events(sessionized, 'visitor_id') }}
            union
            -- whose list or click is credited with a purchase that is no more
            select known.visitor_id from {{ this }} as known
            where known.order_id is not null and known.order_id not in (select interactions.order_id from interactions)
        {% endif %}
    ),
{% endif %}

recommendations as (
    select * from {{ ref('int_recommendations__exploded') }}
    {% if is_increment() %}
        where
            {{ landed_since_last_build() }}
            or visitor_id = any(array(select touched_buyers.visitor_id from touched_buyers))
    {% endif %}
),

-- an order may hold a product in several lines
purchases as (
    select distinct on (visitor_id, order_id, product_id)
        visitor_id,
        order_id,
        product_id,
        occurred_at
    from interactions
    order by visitor_id asc, order_id asc, product_id asc, occurred_at asc
),

bought as (
    select
        recommendations.recommendation_event_id,
        recommendations.recommendation_event_type,
        purchases.order_id,
        row_number() over (
            partition by recommendations.recommendation_event_id order by purchases.occurred_at, purchases.order_id
        ) as purchase_number,
        row_number() over (
            partition by
                purchases.order_id, purchases.product_id, purchases.visitor_id,
                recommendations.recommendation_event_type
            order by recommendations.occurred_at desc, recommendations.recommendation_event_id desc
        ) as events_after
    from recommendations
    inner join purchases
        on
            recommendations.visitor_id = purchases.visitor_id
            and recommendations.product_id = purchases.product_id
            and recommendations.occurred_at <= purchases.occurred_at
            and recommendations.occurred_at > purchases.occurred_at - interval '{{ var("recommendation_days") }} days'
),

-- the last click before a purchase is credited with it, so that no purchase counts twice
credited as (
    select
        recommendation_event_id,
        min(order_id) as order_id
    from bought
    where events_after = 1 and recommendation_event_type = 'click'
    group by recommendation_event_id
),

first_bought as (
    select
        recommendation_event_id,
        order_id
    from bought
    where purchase_number = 1
),

final as (
    select
        -- ids
        recommendations.recommendation_event_id,
        recommendations.event_id,
        recommendations.session_id,
        recommendations.visitor_id,
        recommendations.customer_pseudonym,
        recommendations.product_id,
        coalesce(credited.order_id, first_bought.order_id) as order_id,

        -- what it is
        recommendations.recommendation_event_type,
        recommendations.recommendation_slot,
        recommendations.recommendation_rank,
        recommendations.algorithm,
        recommendations.algorithm = any(string_to_array('{{ var("fallback_algorithms") }}', ' ')) as is_fallback,
        recommendations.is_bot,

        -- what came of it
        first_bought.order_id is not null as is_bought,
        credited.order_id is not null as is_credited,

        -- times
        recommendations.occurred_at,
        recommendations.event_date,
        recommendations.landed_at
    from recommendations
    left join credited on recommendations.recommendation_event_id = credited.recommendation_event_id
    left join first_bought on recommendations.recommendation_event_id = first_bought.recommendation_event_id
)

select * from final
