-- by each model the channels of a day are credited with all its orders and all their net sales, to the cent
with channels as (
    select
        order_date,
        sum(first_orders) as first_orders,
        sum(last_orders) as last_orders,
        sum(linear_orders) as linear_orders,
        sum(position_orders) as position_orders,
        sum(first_net_sales_shop_amount) as first_amount,
        sum(last_net_sales_shop_amount) as last_amount,
        sum(linear_net_sales_shop_amount) as linear_amount,
        sum(position_net_sales_shop_amount) as position_amount
    from {{ ref('mart_channel_attribution') }}
    group by order_date
),

orders as (
    select
        order_date,
        count(*) as orders_count,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from {{ ref('fct_orders') }}
    group by order_date
),

final as (
    select
        orders.*,
        channels.first_amount,
        channels.last_amount,
        channels.linear_amount,
        channels.position_amount
    from orders
    left join channels on orders.order_date = channels.order_date
    where
        (channels.first_orders = orders.orders_count) is not true
        or (channels.last_orders = orders.orders_count) is not true
        or (channels.linear_orders = orders.orders_count) is not true
        or (channels.position_orders = orders.orders_count) is not true
        or (channels.first_amount = orders.net_sales_shop_amount) is not true
        or (channels.last_amount = orders.net_sales_shop_amount) is not true
        or (channels.linear_amount = orders.net_sales_shop_amount) is not true
        or (channels.position_amount = orders.net_sales_shop_amount) is not true
)

select * from final
