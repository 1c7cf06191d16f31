-- the rows of a day and currency add up to that day of mart_daily_sales, and no order is missing or counted twice
with breakdown as (
    select
        sales_date,
        currency,
        sum(orders_count) as orders_count,
        sum(sales_orders_count) as sales_orders_count,
        sum(units_count) as units_count,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(returns_amount) as returns_amount,
        sum(cancellations_amount) as cancellations_amount,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from {{ ref('mart_sales_breakdown') }}
    group by sales_date, currency
),

daily as (
    select * from {{ ref('mart_daily_sales') }}
),

final as (
    select
        coalesce(breakdown.sales_date, daily.sales_date) as sales_date,
        coalesce(breakdown.currency, daily.currency) as currency,
        breakdown.net_sales_shop_amount as breakdown_net_sales_shop_amount,
        daily.net_sales_shop_amount as daily_net_sales_shop_amount
    from breakdown
    full join daily on breakdown.sales_date = daily.sales_date and breakdown.currency = daily.currency
    where
        coalesce(breakdown.orders_count, 0) <> coalesce(daily.orders_count, 0)
        or coalesce(breakdown.sales_orders_count, 0) <> coalesce(daily.sales_orders_count, 0)
        or coalesce(breakdown.units_count, 0) <> coalesce(daily.units_count, 0)
        or coalesce(breakdown.gross_sales_amount, 0) <> coalesce(daily.gross_sales_amount, 0)
        or coalesce(breakdown.discounts_amount, 0) <> coalesce(daily.discounts_amount, 0)
        or coalesce(breakdown.returns_amount, 0) <> coalesce(daily.returns_amount, 0)
        or coalesce(breakdown.cancellations_amount, 0) <> coalesce(daily.cancellations_amount, 0)
        or coalesce(breakdown.net_sales_shop_amount, 0) <> coalesce(daily.net_sales_shop_amount, 0)
)

select * from final
