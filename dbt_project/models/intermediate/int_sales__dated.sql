{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('movement_date') }}",
        indexes=[{'columns': ['order_id']}, {'columns': ['movement_date']}]
    )
}}

with order_lines as (
    select * from {{ ref('int_order_lines__settled') }}
    where {{ order_has_changed() }}
),

refund_lines as (
    select * from {{ ref('int_refund_lines__priced') }}
    where {{ order_has_changed() }}
),

-- sales and discounts on the day of the order
sales as (
    select
        'sale' as movement_type,
        order_date as movement_date,
        order_line_id,
        order_id,
        currency,
        shop_currency,
        units_count,
        gross_sales_amount,
        discounts_amount,
        0 as returns_amount,
        0 as cancellations_amount,
        returns_amount as returns_by_order_date_amount,
        gross_sales_shop_amount,
        discounts_shop_amount,
        0 as returns_shop_amount,
        0 as cancellations_shop_amount,
        returns_shop_amount as returns_by_order_date_shop_amount,
        unit_cost_shop_amount * units_count as cost_shop_amount
    from order_lines
),

-- returns on the day of the refund; the cost of what comes back is taken off
returns as (
    select
        'return' as movement_type,
        refund_lines.refund_date as movement_date,
        refund_lines.order_line_id,
        refund_lines.order_id,
        refund_lines.currency,
        refund_lines.shop_currency,
        refund_lines.units_count,
        0 as gross_sales_amount,
        0 as discounts_amount,
        refund_lines.returns_amount,
        0 as cancellations_amount,
        0 as returns_by_order_date_amount,
        0 as gross_sales_shop_amount,
        0 as discounts_shop_amount,
        refund_lines.returns_shop_amount,
        0 as cancellations_shop_amount,
        0 as returns_by_order_date_shop_amount,
        -order_lines.unit_cost_shop_amount * refund_lines.units_count as cost_shop_amount
    from refund_lines
    inner join order_lines on refund_lines.order_line_id = order_lines.order_line_id
),

-- what was left of a cancelled order on the day of its cancellation
cancellations as (
    select
        'cancellation' as movement_type,
        cancellation_date as movement_date,
        order_line_id,
        order_id,
        currency,
        shop_currency,
        units_count - returned_units_count as units_count,
        0 as gross_sales_amount,
        0 as discounts_amount,
        0 as returns_amount,
        cancellations_amount,
        0 as returns_by_order_date_amount,
        0 as gross_sales_shop_amount,
        0 as discounts_shop_amount,
        0 as returns_shop_amount,
        cancellations_shop_amount,
        0 as returns_by_order_date_shop_amount,
        -unit_cost_shop_amount * (units_count - returned_units_count) as cost_shop_amount
    from order_lines
    where is_cancelled
),

movements as (
    select * from sales
    union all
    select * from returns
    union all
    select * from cancellations
),

final as (
    select
        movements.*,
        order_lines.product_id
    from movements
    inner join order_lines on movements.order_line_id = order_lines.order_line_id
)

select * from final
