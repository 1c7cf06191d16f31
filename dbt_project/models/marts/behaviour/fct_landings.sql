{{ config(materialized='incremental', pre_hook="{{ forget_days_of_changed_visits() }}") }}
{% set fct_sessions = ref('fct_sessions') %}

-- not materialized: of its many columns few are read
with sessions as not materialized (
    select
        *,
        -- a key of the mart of these pages, and an index holds only so much
        coalesce(left(landing_path, 200), '') as landed_on
    from {{ fct_sessions }}
    where
        not is_bot
        {% if is_increment() %}
            and session_date = any(array({{ missing_days(fct_sessions, 'session_date') }}))
        {% endif %}
),

final as (
    select
        -- keys
        session_date,
        landed_on as landing_path,
        device_type,
        channel,

        -- visits that came at least to this step, in this order
        count(*)::integer as sessions_count,
        (count(*) filter (where funnel_step >= 2))::integer as viewing_sessions_count,
        (count(*) filter (where funnel_step >= 3))::integer as carting_sessions_count,
        (count(*) filter (where funnel_step >= 4))::integer as checkout_sessions_count,
        (count(*) filter (where funnel_step >= 5))::integer as ordering_sessions_count,

        -- visits that did so in any order, and what they brought
        (count(*) filter (where has_cart))::integer as sessions_with_cart_count,
        (count(*) filter (where has_order))::integer as sessions_with_order_count,
        (count(*) filter (where has_cart and not has_order))::integer as abandoned_carts_count,
        sum(net_sales_shop_amount)::numeric(18, 3) as net_sales_shop_amount,

        -- each visitor sets one of 64 bits, by a hash: there are at least as many visitors as bits
        bit_or(1::bigint << (hashtext(visitor_id) & 63)) as visitors_seen,

        -- times
        max(landed_at) as landed_at
    from sessions
    group by session_date, landed_on, device_type, channel
)

{{ as_contracted('final') }}
