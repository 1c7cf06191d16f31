with landings as (
    select * from {{ ref('fct_landings') }}
),

final as (
    select
        -- keys
        session_date,
        device_type,
        channel,

        -- visits that came at least to this step, in this order
        sum(sessions_count)::integer as sessions_count,
        sum(viewing_sessions_count)::integer as viewing_sessions_count,
        sum(carting_sessions_count)::integer as carting_sessions_count,
        sum(checkout_sessions_count)::integer as checkout_sessions_count,
        sum(ordering_sessions_count)::integer as ordering_sessions_count,

        -- visits that did so in any order, and what they brought
        sum(sessions_with_cart_count)::integer as sessions_with_cart_count,
        sum(sessions_with_order_count)::integer as sessions_with_order_count,
        sum(abandoned_carts_count)::integer as abandoned_carts_count,
        sum(net_sales_shop_amount)::numeric(18, 3) as net_sales_shop_amount
    from landings
    group by session_date, device_type, channel
)

select * from final
