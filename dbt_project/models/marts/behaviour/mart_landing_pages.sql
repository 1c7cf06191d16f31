with landings as (
    select * from {{ ref('fct_landings') }}
),

-- not materialized: of its many columns few are read
sessions as not materialized (
    select
        left(landing_path, 200) as landing_path,
        visitor_id
    from {{ ref('fct_sessions') }}
    where not is_bot
),

pages as materialized (
    select
        landing_path,
        sum(sessions_count) as sessions_count,
        bit_count(bit_or(visitors_seen)::bit(64)) as visitors_at_least
    from landings
    where landing_path <> ''
    group by landing_path
),

-- counted one by one only where two of a few may have set the same bit: pairs of visitor and page are millions
doubtful as (
    select landing_path from pages
    where visitors_at_least < {{ var('common_visitors') }} and sessions_count >= {{ var('common_visitors') }}
),

-- a path that fewer people opened may be somebody's own: an order, a link that signs in
common as (
    select landing_path from pages
    where visitors_at_least >= {{ var('common_visitors') }}
    union all
    select landing_path from sessions
    where landing_path in (select doubtful.landing_path from doubtful)
    group by landing_path
    having count(distinct visitor_id) >= {{ var('common_visitors') }}
),

final as (
    select
        -- keys
        landings.session_date,
        coalesce(common.landing_path, '(few visitors)') as landing_page,
        landings.device_type,
        landings.channel,

        -- counts
        sum(landings.sessions_count)::integer as sessions_count,
        sum(landings.sessions_with_order_count)::integer as ordering_sessions_count,

        -- amounts
        sum(landings.net_sales_shop_amount)::numeric(18, 3) as net_sales_shop_amount
    from landings
    left join common on landings.landing_path = common.landing_path
    group by
        landings.session_date, coalesce(common.landing_path, '(few visitors)'), landings.device_type, landings.channel
)

select * from final
