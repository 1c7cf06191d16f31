{{
    config(
        materialized='incremental', unique_key='event_date',
        post_hook="{{ forget_the_rest_of_days('event_date') }}",
        indexes=[{'columns': ['event_date']}, {'columns': ['product_id', 'event_date'], 'unique': true}, {'columns': ['landed_at']}]
    )
}}

with product_events as (
    select * from {{ ref('int_product_events__exploded') }}
    where not is_bot and not is_repeat and {{ interactions_have_landed() }}
),

final as (
    select
        product_id,
        event_date,
        count(*) filter (where interaction_type = 'view') as views_count,
        count(*) filter (where interaction_type = 'cart') as carts_count,
        count(*) filter (where interaction_type = 'purchase') as purchases_count,
        count(distinct session_id) filter (where interaction_type = 'view') as viewing_sessions_count,
        count(distinct session_id) filter (where interaction_type = 'cart') as carting_sessions_count,
        count(distinct session_id) filter (where interaction_type = 'purchase') as buying_sessions_count,
        max(landed_at) as landed_at
    from product_events
    group by product_id, event_date
)

select * from final
