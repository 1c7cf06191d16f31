with order_lines as not materialized (
    select * from {{ ref('int_order_lines__settled') }}
),

variants as (
    select * from {{ ref('int_variants__stocked') }}
),

-- counted back from the newest order, not from today: a build of the same data gives the same rows
newest as (
    select max(order_date) as order_date from order_lines
),

recent as (
    select
        coalesce(order_lines.product_id, 'unknown') as product_id,
        sum(order_lines.units_count) as units_count,
        sum(order_lines.returned_units_count) as returned_units_count,
        sum(order_lines.kept_units_count) as kept_units_count,
        sum(order_lines.net_sales_shop_amount) as net_sales_shop_amount
    from order_lines
    cross join newest
    where order_lines.order_date > newest.order_date - {{ var('ranking_days') }}
    group by coalesce(order_lines.product_id, 'unknown')
),

ranked as (
    select
        *,
        -- share of all sales made by better sellers
        coalesce(
            coalesce(sum(greatest(net_sales_shop_amount, 0)) over better_sellers, 0)
            / nullif(sum(greatest(net_sales_shop_amount, 0)) over (), 0), 1
        ) as share_before
    from recent
    window better_sellers as (
        order by net_sales_shop_amount desc, product_id asc rows between unbounded preceding and 1 preceding
    )
),

stock as (
    select
        product_id,
        sum(stock_count) as stock_count
    from variants
    group by product_id
),

final as (
    select
        ranked.product_id,
        case
            when ranked.net_sales_shop_amount <= 0 then 'C'
            when ranked.share_before < 0.8 then 'A'
            when ranked.share_before < 0.95 then 'B'
            else 'C'
        end as abc_class,
        {{ ratio('ranked.returned_units_count', 'ranked.units_count') }} as return_rate,
        -- days until the stock is sold at the pace of the window; null where nothing sells
        round(
            case when stock.stock_count < 0 then 0 else stock.stock_count end
            * {{ var('ranking_days') }}::numeric / nullif(ranked.kept_units_count, 0), 1
        ) as stock_days
    from ranked
    left join stock on ranked.product_id = stock.product_id
)

select * from final
