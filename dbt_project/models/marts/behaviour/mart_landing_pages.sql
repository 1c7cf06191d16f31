-- not materialized: it has many columns, of which few are read
with sessions as not materialized (
    select
        *,
        -- a key of the mart, and an index holds only so much
        left(landing_path, 200) as landing_page
    from {{ ref('fct_sessions') }}
    where not is_bot
),

counted as materialized (
    select
        session_date,
        landing_page,
        device_type,
        channel,
        count(*) as sessions_count,
        count(*) filter (where has_order) as ordering_sessions_count,
        sum(net_sales_shop_amount) as net_sales_shop_amount,
        -- each visitor sets one of 64 bits, by a hash: there are at least as many visitors as bits
        bit_or(1::bigint << (hashtext(visitor_id) & 63)) as visitors_seen
    from sessions
    group by session_date, landing_page, device_type, channel
),

pages as materialized (
    select
        landing_page,
        sum(sessions_count) as sessions_count,
        bit_count(bit_or(visitors_seen)::bit(64)) as visitors_at_least
    from counted
    group by landing_page
),

-- counted one by one only where two of a few may have set the same bit: pairs of visitor and page are millions
doubtful as (
    select landing_page from pages
    where visitors_at_least < {{ var('common_visitors') }} and sessions_count >= {{ var('common_visitors') }}
),

-- a path that fewer people opened may be somebody's own: an order, a link that signs in
common as (
    select landing_page from pages
    where visitors_at_least >= {{ var('common_visitors') }}
    union all
    select landing_page from sessions
    where landing_page in (select doubtful.landing_page from doubtful)
    group by landing_page
    having count(distinct visitor_id) >= {{ var('common_visitors') }}
),

final as (
    select
        -- keys
        counted.session_date,
        coalesce(common.landing_page, '(few visitors)') as landing_page,
        counted.device_type,
        counted.channel,

        -- counts
        sum(counted.sessions_count)::integer as sessions_count,
        sum(counted.ordering_sessions_count)::integer as ordering_sessions_count,

        -- amounts
        sum(counted.net_sales_shop_amount)::numeric(18, 3) as net_sales_shop_amount
    from counted
    left join common on counted.landing_page = common.landing_page
    group by
        counted.session_date, coalesce(common.landing_page, '(few visitors)'), counted.device_type, counted.channel
)

select * from final
