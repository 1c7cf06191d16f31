{{
    config(
        materialized='incremental', pre_hook="{{ forget_changed_orders() }}",
        post_hook="{{ note_extraction() }}",
        indexes=[{'columns': ['order_line_id'], 'unique': true}, {'columns': ['order_id']}, {'columns': ['extracted_at']}]
    )
}}

with orders as (
    {{ shopify_orders() }}
),

source as (
    select
        orders.id as order_id,
        orders.total_tip_received,
        orders._airbyte_extracted_at,
        lines.line
    from orders
    cross join lateral jsonb_path_query(orders.line_items, '$[*]') as lines (line)
    where orders.deleted_at is null
),

final as (
    select
        -- ids
        line ->> 'id' as order_line_id,
        order_id::text as order_id,
        line ->> 'product_id' as product_id,
        line ->> 'variant_id' as variant_id,

        -- what it is
        case
            when (line ->> 'gift_card')::boolean then 'gift_card'
            -- a tip is a line without product; older API versions mark it by nothing but its amount
            when
                line ->> 'product_id' is null and line ->> 'variant_id' is null and (
                    jsonb_typeof(line -> 'tip') = 'object'
                    or (
                        total_tip_received > 0
                        and total_tip_received
                        = {{ money("line -> 'price_set'", 'shop_money') }} * (line ->> 'quantity')::integer
                    )
                )
                then 'tip'
            else 'product'
        end as line_type,
        line ->> 'sku' as sku,
        line ->> 'title' as title,
        line ->> 'vendor' as brand,
        (line ->> 'quantity')::integer as units_count,

        -- money of the complete line, except the price of one unit
        {{ money("line -> 'price_set'", 'presentment_money') }} as unit_price_amount,
        {{ money("line -> 'price_set'", 'shop_money') }} as unit_price_shop_amount,
        {{ money("line -> 'price_set'", 'presentment_money') }} * (line ->> 'quantity')::integer as listed_amount,
        {{ money("line -> 'price_set'", 'shop_money') }} * (line ->> 'quantity')::integer as listed_shop_amount,
        {{ sum_of_path('line', '$.discount_allocations[*].amount_set.presentment_money.amount') }} as discount_amount,
        {{ sum_of_path('line', '$.discount_allocations[*].amount_set.shop_money.amount') }} as discount_shop_amount,
        {{ sum_of_path('line', '$.tax_lines[*].price_set.presentment_money.amount') }} as tax_amount,
        {{ sum_of_path('line', '$.tax_lines[*].price_set.shop_money.amount') }} as tax_shop_amount,
        {{ sum_of_path('line', '$.tax_lines[*].rate') }} as tax_rate,

        -- times
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
