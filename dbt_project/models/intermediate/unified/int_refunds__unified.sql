with source as (
    select * from {{ shop_model('refunds') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        refund_id,
        order_id,
        refunded_at,
        refund_date,
        processed_at
    from source
)

select * from final
