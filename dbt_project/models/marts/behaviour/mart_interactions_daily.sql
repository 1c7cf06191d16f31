{{
    config(
        materialized='incremental', unique_key='interaction_date',
        post_hook="{{ forget_the_rest_of_days('interaction_date') }}"
    )
}}
{% set exploded = ref('int_product_events__exploded') %}
{% set sessionized = ref('int_events__sessionized') %}

with interactions as (
    select * from {{ exploded }}
    where
        true
        {% if is_increment() %}
            and event_date = any(array(
                {{ days_touched(exploded, column='landed_at') }}
                {{ or_days_backfilled(sessionized) }}
            ))
        {% endif %}
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
