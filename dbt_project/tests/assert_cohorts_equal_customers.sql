-- the cohorts hold every customer with an order that was not cancelled, and all their net sales
with cohorts as (
    select
        sum(customers_count) filter (where months_since_first = 0) as customers_count,
        sum(orders_count) as orders_count,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from {{ ref('mart_customer_cohorts') }}
),

customers as (
    select
        count(*) filter (where orders_count > 0) as customers_count,
        sum(orders_count) as orders_count,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from {{ ref('dim_customers') }}
),

final as (
    select
        cohorts.net_sales_shop_amount as cohorts_amount,
        customers.net_sales_shop_amount as customers_amount
    from cohorts
    cross join customers
    where
        coalesce(cohorts.customers_count, 0) <> coalesce(customers.customers_count, 0)
        or coalesce(cohorts.orders_count, 0) <> coalesce(customers.orders_count, 0)
        or coalesce(cohorts.net_sales_shop_amount, 0) <> coalesce(customers.net_sales_shop_amount, 0)
)

select * from final
