-- a product's margin is the same by day and by order line
with daily as (
    select
        product_id,
        sum(margin_shop_amount) as margin_shop_amount
    from {{ ref('mart_product_performance') }}
    group by product_id
),

lines as (
    select
        product_id,
        sum(margin_shop_amount) as margin_shop_amount
    from {{ ref('fct_order_lines') }}
    group by product_id
),

final as (
    select
        coalesce(daily.product_id, lines.product_id) as product_id,
        daily.margin_shop_amount as daily_margin_shop_amount,
        lines.margin_shop_amount as lines_margin_shop_amount
    from daily
    full join lines on daily.product_id = lines.product_id
    where coalesce(daily.margin_shop_amount, 0) <> coalesce(lines.margin_shop_amount, 0)
)

select * from final
