with order_lines as not materialized (
    select * from {{ ref('int_order_lines__settled') }}
    where customer_pseudonym is not null
),

-- an order that was returned completely was no purchase
orders as (
    select
        customer_pseudonym,
        order_id,
        order_date,
        max(shop_currency) as shop_currency,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from order_lines
    group by customer_pseudonym, order_id, order_date
    having sum(net_sales_shop_amount) > 0
),

newest as (
    select max(order_date) as order_date from order_lines
),

-- now, and as long ago as the prediction reaches: a prediction made then can be compared with what came
moments as (
    select
        'now' as moment,
        order_date as as_of_date
    from newest
    union all
    select
        'held back' as moment,
        order_date - {{ var('value_days') }} as as_of_date
    from newest
),

final as (
    select
        moments.moment,
        orders.customer_pseudonym,
        moments.as_of_date,
        count(*) as orders_count,
        count(*) - 1 as repeat_orders_count,
        moments.as_of_date - min(orders.order_date) as observed_days,
        max(orders.shop_currency) as shop_currency,
        avg(orders.net_sales_shop_amount) as mean_order_value,
        coalesce(var_samp(orders.net_sales_shop_amount), 0) as order_value_variance,
        coalesce(
            sum(orders.net_sales_shop_amount) filter (
                where orders.order_date > moments.as_of_date - {{ var('value_days') }}
            ), 0
        ) as last_period_value,
        sum(orders.net_sales_shop_amount) as total_value
    from moments
    inner join orders on moments.as_of_date >= orders.order_date
    group by moments.moment, orders.customer_pseudonym, moments.as_of_date
)

select * from final
