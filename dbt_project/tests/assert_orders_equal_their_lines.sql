-- the amounts of a day's orders are those of their lines, in each currency
with orders as (
    select
        order_date,
        currency,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(net_sales_amount) as net_sales_amount
    from {{ ref('fct_orders') }}
    group by order_date, currency
),

lines as (
    select
        order_date,
        currency,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(net_sales_amount) as net_sales_amount
    from {{ ref('fct_order_lines') }}
    group by order_date, currency
),

final as (
    select
        coalesce(orders.order_date, lines.order_date) as order_date,
        coalesce(orders.currency, lines.currency) as currency,
        orders.net_sales_amount as orders_net_sales_amount,
        lines.net_sales_amount as lines_net_sales_amount
    from orders
    full join lines on orders.order_date = lines.order_date and orders.currency = lines.currency
    where
        coalesce(orders.gross_sales_amount, 0) <> coalesce(lines.gross_sales_amount, 0)
        or coalesce(orders.net_sales_amount, 0) <> coalesce(lines.net_sales_amount, 0)
)

select * from final
