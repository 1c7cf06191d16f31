-- the amounts of an order are the sums of its lines
with orders as (
    select * from {{ ref('fct_orders') }}
),

lines as (
    select
        order_id,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(net_sales_amount) as net_sales_amount
    from {{ ref('fct_order_lines') }}
    group by order_id
),

final as (
    select
        coalesce(orders.order_id, lines.order_id) as order_id,
        orders.net_sales_amount as order_net_sales_amount,
        lines.net_sales_amount as lines_net_sales_amount
    from orders
    full join lines on orders.order_id = lines.order_id
    where
        coalesce(orders.gross_sales_amount, 0) <> coalesce(lines.gross_sales_amount, 0)
        or coalesce(orders.net_sales_amount, 0) <> coalesce(lines.net_sales_amount, 0)
)

select * from final
