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
        coalesce(sum(net_sales_shop_amount), 0)::numeric(18, 3) as net_sales_shop_amount
    from sessions
    group by session_date, device_type, channel
)

select * from final
