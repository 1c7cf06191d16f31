{{
    config(
        materialized='incremental', unique_key='interaction_date',
        post_hook="{{ forget_the_rest_of_days('interaction_date') }}"
    )
}}

with interactions as (
    select * from {{ ref('int_product_events__exploded') }}
    where {{ interactions_have_landed() }}
),

final as (
    select
        -- keys
        event_date as interaction_date,
        interaction_type,

        -- counts
        count(*)::integer as interactions_count,
        (count(*) filter (where is_late))::integer as late_interactions_count,
        (count(*) filter (where is_bot))::integer as bot_interactions_count,
        (count(*) filter (where is_repeat))::integer as repeated_interactions_count,

        -- times
        max(landed_at) as landed_at
    from interactions
    group by event_date, interaction_type
)

select * from final
