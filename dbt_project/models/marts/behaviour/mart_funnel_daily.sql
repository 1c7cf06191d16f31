with sessions as (
    select * from {{ ref('fct_sessions') }}
    where not is_bot
),

final as (
    select
        -- keys
        session_date,
        device_type,
        channel,

        -- visits that came at least to this step
        count(*)::integer as sessions_count,
        (count(*) filter (where funnel_step >= 2))::integer as viewing_sessions_count,
        (count(*) filter (where funnel_step >= 3))::integer as carting_sessions_count,
        (count(*) filter (where funnel_step >= 4))::integer as checkout_sessions_count,
        (count(*) filter (where funnel_step >= 5))::integer as ordering_sessions_count
    from sessions
    group by session_date, device_type, channel
)

select * from final
