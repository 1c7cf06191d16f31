{{
    config(
        materialized='incremental', pre_hook="{{ forget_changed_orders() }}",
        post_hook="{{ note_extraction() }}",
        indexes=[{'columns': ['refund_line_id'], 'unique': true}, {'columns': ['order_id']}, {'columns': ['extracted_at']}]
    )
}}

with orders as (
    {{ shopify_orders() }}
),

source as (
    select
        orders.id as order_id,
        orders._airbyte_extracted_at,
        refunds.refund ->> 'id' as refund_id,
        lines.line
    from orders
    cross join lateral jsonb_path_query(orders.refunds, '$[*]') as refunds (refund)
    cross join lateral jsonb_path_query(refunds.refund, '$.refund_line_items[*]') as lines (line)
    where orders.deleted_at is null
),

final as (
    select
        -- ids
        line ->> 'id' as refund_line_id,
        refund_id,
        order_id::text as order_id,
        line ->> 'line_item_id' as order_line_id,

        -- what it is
        line ->> 'restock_type' as restock_type,
        (line ->> 'quantity')::integer as units_count,

        -- money of the complete refund line
        {{ money("line -> 'subtotal_set'", 'presentment_money') }} as subtotal_amount,
        {{ money("line -> 'subtotal_set'", 'shop_money') }} as subtotal_shop_amount,
        coalesce({{ money("line -> 'total_tax_set'", 'presentment_money') }}, 0) as tax_amount,
        coalesce({{ money("line -> 'total_tax_set'", 'shop_money') }}, 0) as tax_shop_amount,

        -- times
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
