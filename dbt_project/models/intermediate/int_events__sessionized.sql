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

runs as (
    select
        *,
        count(*) filter (where idle_time is null or idle_time > interval '30 minutes')
            over (partition by visitor_id order by occurred_at, event_id) as run_number
    from gaps
),

-- what never rests, a robot or a screen in a shop window, would be one visit for ever: cut it by hours, then by events
timed as (
    select
        *,
        floor(
            extract(epoch from occurred_at - min(occurred_at) over (partition by visitor_id, run_number))
            / ({{ var('session_max_hours', 12) }} * 3600)
        ) as hours_part
    from runs
),

counted as (
    select
        *,
        (row_number() over (
            partition by visitor_id, run_number, hours_part order by occurred_at, event_id
        ) - 1) / {{ var('session_max_events', 1000) }} as events_part
    from timed
),

numbered as (
    select
        *,
        dense_rank() over (
            partition by visitor_id order by run_number, hours_part, events_part
        ) as visit_number,
        hours_part + events_part > 0 as is_cut
    from counted
),

final as (
    select
        event_id,
        -- the id of the visit's first event: stable, unique, and anyone can look it up
        first_value(event_id)
            over (partition by visitor_id, visit_number order by occurred_at, event_id) as session_id,
        visitor_id,
        visit_number,
        is_cut,
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
        recommendation_arm,
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
