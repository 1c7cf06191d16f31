with customers as (
    select * from {{ ref('stg_shop__customers') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
    where customer_pseudonym is not null
),

sales as (
    select
        customer_pseudonym,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        count(*) filter (where not is_cancelled) as orders_count,
        count(*) filter (where is_cancelled) as cancelled_orders_count,
        sum(units_count) as units_count,
        sum(net_sales_shop_amount) as net_sales_shop_amount,
        max(shop_currency) as shop_currency,
        (
            array_agg(country_code order by ordered_at desc, order_id asc) filter (where country_code is not null)
        )[1] as last_country_code
    from orders
    group by customer_pseudonym
),

final as (
    select
        -- ids: an account opened after the customers were read is known by its order alone, until the next sync
        coalesce(customers.customer_pseudonym, sales.customer_pseudonym) as customer_pseudonym,

        -- what it is
        coalesce(customers.country_code, sales.last_country_code) as country_code,
        coalesce(customers.has_marketing_consent, false) as has_marketing_consent,
        coalesce(sales.orders_count, 0) > 1 as is_returning,

        -- sales
        coalesce(sales.orders_count, 0)::integer as orders_count,
        coalesce(sales.cancelled_orders_count, 0)::integer as cancelled_orders_count,
        coalesce(sales.units_count, 0)::integer as units_count,
        sales.shop_currency,
        coalesce(sales.net_sales_shop_amount, 0) as net_sales_shop_amount,

        -- times
        customers.created_at,
        sales.first_order_at,
        sales.last_order_at,
        {{ shop_date('sales.first_order_at') }} as first_order_date
    from customers
    full join sales on customers.customer_pseudonym = sales.customer_pseudonym
)

select * from final
