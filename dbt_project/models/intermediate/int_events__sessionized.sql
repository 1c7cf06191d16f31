{{
    config(
        materialized='incremental', unique_key='visitor_id',
        indexes=[
            {'columns': ['visitor_id']}, {'columns': ['session_id']}, {'columns': ['order_id']}, {'columns': ['landed_at']}
        ]
    )
}}

with events as (
    select * from {{ ref('stg_clickstream__events') }}
    {{ where_visitor_was_touched(ref('stg_clickstream__events')) }}
),

-- a visit ends after 30 minutes without an event, and never because the clock strikes midnight
gaps as (
    select
        *,
        occurred_at - lag(occurred_at) over visits as idle_time
    from events
    window visits as (partition by visitor_id order by occurred_at, event_id)
),

numbered as (
    select
        *,
        count(*) filter (where idle_time is null or idle_time > interval '30 minutes')
            over (partition by visitor_id order by occurred_at, event_id) as visit_number
    from gaps
),

final as (
    select
        event_id,
        -- the id of the visit's first event: stable, unique, and anyone can look it up
        first_value(event_id)
            over (partition by visitor_id, visit_number order by occurred_at, event_id) as session_id,
        visitor_id,
        visit_number,
        customer_pseudonym,
        product_id,
        order_id,
        event_type,
        event_name,
        search_query,
        results_count,
        quantity,
        price_amount,
        list_position,
        currency,
        products,
        recommendation_slot,
        recommendation_rank,
        recommendation_model_version,
        page_path,
        page_host,
        referrer_host,
        campaign_source,
        campaign_medium,
        campaign_name,
        device_type,
        locale,
        is_late,
        is_bot,
        occurred_at,
        event_date,
        landed_at
    from numbered
)

select * from final
