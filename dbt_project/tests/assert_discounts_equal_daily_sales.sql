-- the codes of a day and currency add up to the sales and discounts of mart_daily_sales
with discounts as (
    select
        order_date as sales_date,
        currency,
        sum(orders_count) as orders_count,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(returns_amount) as returns_amount
    from {{ ref('mart_discounts') }}
    group by order_date, currency
),

daily as (
    select * from {{ ref('mart_daily_sales') }}
    where orders_count > 0
),

final as (
    select
        coalesce(discounts.sales_date, daily.sales_date) as sales_date,
        coalesce(discounts.currency, daily.currency) as currency,
        discounts.discounts_amount as by_code_amount,
        daily.discounts_amount as daily_amount
    from discounts
    full join daily on discounts.sales_date = daily.sales_date and discounts.currency = daily.currency
    where
        -- an order with two codes is in two rows
        coalesce(discounts.orders_count, 0) < coalesce(daily.orders_count, 0)
        or discounts.gross_sales_amount is distinct from daily.gross_sales_amount
        or discounts.discounts_amount is distinct from daily.discounts_amount
        or discounts.returns_amount is distinct from daily.returns_by_order_date_amount
)

select * from final
