{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}",
        indexes=[{'columns': ['order_line_id'], 'unique': true}, {'columns': ['order_id']}]
    )
}}

with order_lines as (
    select
        *,
        gross_sales_shop_amount / units_count as unit_price
    from {{ ref('int_order_lines__settled') }}
    where not is_cancelled and units_count > 0 and {{ order_has_changed() }}
),

mains as (
    select distinct on (order_id)
        order_id,
        order_line_id,
        product_id,
        unit_price
    from order_lines
    order by order_id asc, unit_price desc, order_line_id asc
),

final as (
    select
        -- ids
        order_lines.order_line_id,
        order_lines.order_id,
        mains.product_id as main_product_id,
        order_lines.product_id,
        order_lines.order_line_id = mains.order_line_id as is_main,

        -- what was sold
        order_lines.units_count,
        order_lines.shop_currency,
        order_lines.net_sales_shop_amount,

        -- time
        order_lines.order_date
    from order_lines
    inner join mains on order_lines.order_id = mains.order_id
    where order_lines.order_line_id = mains.order_line_id or order_lines.unit_price <= 0.5 * mains.unit_price
)

select * from final
