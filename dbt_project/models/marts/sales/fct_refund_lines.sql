{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('refund_date') }}"
    )
}}

with refund_lines as (
    select * from {{ ref('int_refund_lines__priced') }}
    where {{ order_has_changed() }}
),

order_lines as (
    select * from {{ ref('int_order_lines__settled') }}
    where {{ order_has_changed() }}
),

final as (
    select
        -- ids
        refund_lines.refund_line_id,
        refund_lines.refund_id,
        refund_lines.order_line_id,
        refund_lines.order_id,
        coalesce(order_lines.product_id, 'unknown') as product_id,
        order_lines.customer_pseudonym,

        -- what it is
        order_lines.title,
        order_lines.brand,
        -- Shopify: no_restock keeps the units out, the others put them back
        coalesce(refund_lines.restock_type <> 'no_restock', false) as is_restocked,
        coalesce(order_lines.is_cancelled, false) as is_cancelled,

        -- units
        refund_lines.units_count,

        -- money the customer saw
        refund_lines.currency,
        refund_lines.returns_amount,

        -- the same in the shop's currency
        refund_lines.shop_currency,
        refund_lines.returns_shop_amount,

        -- times
        refund_lines.refund_date - refund_lines.order_date as days_since_order,
        refund_lines.refunded_at,
        refund_lines.refund_date,
        refund_lines.order_date
    from refund_lines
    left join order_lines on refund_lines.order_line_id = order_lines.order_line_id
)

{{ as_contracted('final') }}
