-- both marts have the same net sales on the same day, in the shop's currency
with products as (
    select
        activity_date as sales_date,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from {{ ref('mart_product_performance') }}
    group by activity_date
),

daily as (
    select
        sales_date,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from {{ ref('mart_daily_sales') }}
    group by sales_date
),

final as (
    select
        coalesce(products.sales_date, daily.sales_date) as sales_date,
        products.net_sales_shop_amount as products_net_sales_shop_amount,
        daily.net_sales_shop_amount as daily_net_sales_shop_amount
    from products
    full join daily on products.sales_date = daily.sales_date
    where coalesce(products.net_sales_shop_amount, 0) <> coalesce(daily.net_sales_shop_amount, 0)
)

select * from final
