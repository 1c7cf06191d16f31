{{
    config(
        materialized='incremental', pre_hook="{{ forget_changed_orders() }}",
        post_hook="{{ note_extraction() }}",
        indexes=[{'columns': ['refund_id'], 'unique': true}, {'columns': ['order_id']}, {'columns': ['extracted_at']}]
    )
}}

with orders as (
    {{ shopify_orders() }}
),

-- not from the order_refunds stream: its cursor is created_at, so it misses refunds that are changed later
source as (
    select
        orders.id as order_id,
        orders._airbyte_extracted_at,
        refunds.refund
    from orders
    cross join lateral jsonb_path_query(orders.refunds, '$[*]') as refunds (refund)
    where orders.deleted_at is null
),

final as (
    select
        -- ids
        refund ->> 'id' as refund_id,
        order_id::text as order_id,

        -- times
        (refund ->> 'created_at')::timestamptz as refunded_at,
        {{ shop_date("(refund ->> 'created_at')::timestamptz") }} as refund_date,
        (refund ->> 'processed_at')::timestamptz as processed_at,
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
