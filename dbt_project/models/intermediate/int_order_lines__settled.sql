{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}",
        indexes=[{'columns': ['order_line_id'], 'unique': true}, {'columns': ['order_id']}]
    )
}}

with order_lines as (
    select * from {{ ref('int_order_lines__priced') }}
    where {{ order_has_changed() }}
),

refund_lines as (
    select * from {{ ref('int_refund_lines__priced') }}
    where {{ order_has_changed() }}
),

variants as (
    select * from {{ ref('int_variants__stocked') }}
),

returned as (
    select
        order_line_id,
        sum(units_count) as returned_units_count,
        sum(returns_amount) as returns_amount,
        sum(returns_shop_amount) as returns_shop_amount
    from refund_lines
    group by order_line_id
),

-- a cancelled order sells nothing: what was not refunded line by line is cancelled
settled as (
    select
        order_lines.*,
        coalesce(returned.returned_units_count, 0) as returned_units_count,
        coalesce(returned.returns_amount, 0) as returns_amount,
        coalesce(returned.returns_shop_amount, 0) as returns_shop_amount,
        case
            when order_lines.is_cancelled
                then
                    order_lines.gross_sales_amount
                    - order_lines.discounts_amount
                    - coalesce(returned.returns_amount, 0)
            else 0
        end as cancellations_amount,
        case
            when order_lines.is_cancelled
                then
                    order_lines.gross_sales_shop_amount
                    - order_lines.discounts_shop_amount
                    - coalesce(returned.returns_shop_amount, 0)
            else 0
        end as cancellations_shop_amount
    from order_lines
    left join returned on order_lines.order_line_id = returned.order_line_id
),

final as (
    select
        -- ids
        settled.order_line_id,
        settled.order_id,
        settled.product_id,
        settled.variant_id,
        settled.customer_pseudonym,

        -- what it is
        settled.sku,
        settled.title,
        settled.brand,
        settled.is_cancelled,

        -- units
        settled.units_count,
        settled.returned_units_count,
        case
            when settled.is_cancelled then 0
            else settled.units_count - settled.returned_units_count
        end as kept_units_count,

        -- money the customer saw
        settled.currency,
        settled.unit_price_amount,
        settled.gross_sales_amount,
        settled.discounts_amount,
        settled.returns_amount,
        settled.cancellations_amount,
        settled.gross_sales_amount - settled.discounts_amount - settled.returns_amount
        - settled.cancellations_amount as net_sales_amount,

        -- the same in the shop's currency
        settled.shop_currency,
        settled.gross_sales_shop_amount,
        settled.discounts_shop_amount,
        settled.returns_shop_amount,
        settled.cancellations_shop_amount,
        settled.gross_sales_shop_amount - settled.discounts_shop_amount - settled.returns_shop_amount
        - settled.cancellations_shop_amount as net_sales_shop_amount,
        -- today's cost of the variant, in the shop's currency; the shop keeps no history of it
        variants.unit_cost_amount as unit_cost_shop_amount,

        -- times
        settled.ordered_at,
        settled.order_date,
        settled.cancelled_at,
        settled.cancellation_date
    from settled
    left join variants on settled.variant_id = variants.variant_id
)

select * from final
