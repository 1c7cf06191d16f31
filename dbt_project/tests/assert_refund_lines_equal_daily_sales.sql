-- the refunds of a day and currency are the returns of mart_daily_sales
with refund_lines as (
    select
        refund_date as sales_date,
        currency,
        sum(returns_amount) as returns_amount,
        sum(returns_shop_amount) as returns_shop_amount,
        sum(units_count) as units_count
    from {{ ref('fct_refund_lines') }}
    group by refund_date, currency
),

daily as (
    select * from {{ ref('mart_daily_sales') }}
),

final as (
    select
        coalesce(refund_lines.sales_date, daily.sales_date) as sales_date,
        coalesce(refund_lines.currency, daily.currency) as currency,
        refund_lines.returns_amount as refund_lines_amount,
        daily.returns_amount as daily_amount
    from refund_lines
    full join daily on refund_lines.sales_date = daily.sales_date and refund_lines.currency = daily.currency
    where
        coalesce(refund_lines.returns_amount, 0) <> coalesce(daily.returns_amount, 0)
        or coalesce(refund_lines.returns_shop_amount, 0) <> coalesce(daily.returns_shop_amount, 0)
        or coalesce(refund_lines.units_count, 0) <> coalesce(daily.returned_units_count, 0)
)

select * from final
