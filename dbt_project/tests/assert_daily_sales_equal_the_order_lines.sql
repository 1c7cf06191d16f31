-- over all days, the sums of mart_daily_sales equal those of the order lines
with daily as (
    select
        currency,
        sum(net_sales_amount) as net_sales_amount,
        sum(returns_amount) as returns_amount,
        sum(returns_by_order_date_amount) as returns_by_order_date_amount
    from {{ ref('mart_daily_sales') }}
    group by currency
),

lines as (
    select
        currency,
        sum(net_sales_amount) as net_sales_amount,
        sum(returns_amount) as returns_amount
    from {{ ref('fct_order_lines') }}
    group by currency
),

final as (
    select
        coalesce(daily.currency, lines.currency) as currency,
        daily.net_sales_amount as daily_net_sales_amount,
        lines.net_sales_amount as lines_net_sales_amount
    from daily
    full join lines on daily.currency = lines.currency
    where
        daily.net_sales_amount is distinct from lines.net_sales_amount
        or daily.returns_amount is distinct from lines.returns_amount
        or daily.returns_by_order_date_amount is distinct from lines.returns_amount
)

select * from final
