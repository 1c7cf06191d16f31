{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}"
    )
}}

with order_lines as (
    select * from {{ ref('int_order_lines__settled') }}
    where {{ order_has_changed() }}
),

final as (
    select
        -- ids
        order_line_id,
        order_id,
        coalesce(product_id, 'unknown') as product_id,
        variant_id,
        customer_pseudonym,

        -- what it is
        sku,
        title,
        brand,
        is_cancelled,

        -- units
        units_count,
        returned_units_count::integer as returned_units_count,
        kept_units_count::integer as kept_units_count,

        -- money the customer saw
        currency,
        unit_price_amount,
        gross_sales_amount,
        discounts_amount,
        returns_amount,
        cancellations_amount,
        net_sales_amount,

        -- the same in the shop's currency
        shop_currency,
        gross_sales_shop_amount,
        discounts_shop_amount,
        returns_shop_amount,
        cancellations_shop_amount,
        net_sales_shop_amount,
        unit_cost_shop_amount * kept_units_count as cost_shop_amount,
        net_sales_shop_amount - unit_cost_shop_amount * kept_units_count as margin_shop_amount,

        -- times
        ordered_at,
        order_date
    from order_lines
)

{{ as_contracted('final') }}
