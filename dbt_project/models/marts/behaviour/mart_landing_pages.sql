-- not materialized: it has many columns, of which few are read, twice
with sessions as not materialized (
    select
        *,
        -- a key of the mart, and an index holds only so much
        left(landing_path, 200) as landing_page
    from {{ ref('fct_sessions') }}
    where not is_bot
),

opened as (
    select distinct
        landing_page,
        visitor_id
    from sessions
),

-- a path that fewer people opened may be somebody's own: an order, a link that signs in
common as (
    select landing_page
    from opened
    group by landing_page
    having count(*) >= {{ var('common_visitors') }}
),

final as (
    select
        -- keys
        sessions.session_date,
        coalesce(common.landing_page, '(few visitors)') as landing_page,
        sessions.device_type,
        sessions.channel,

        -- counts
        count(*)::integer as sessions_count,
        (count(*) filter (where sessions.has_order))::integer as ordering_sessions_count,

        -- amounts
        sum(sessions.net_sales_shop_amount)::numeric(18, 3) as net_sales_shop_amount
    from sessions
    left join common on sessions.landing_page = common.landing_page
    group by
        sessions.session_date, coalesce(common.landing_page, '(few visitors)'), sessions.device_type, sessions.channel
)

select * from final
