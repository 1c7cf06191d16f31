with source as (
    select * from {{ shop_model('refund_lines') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        refund_line_id,
        refund_id,
        order_id,
        order_line_id,
        restock_type,
        units_count,
        subtotal_amount,
        subtotal_shop_amount,
        tax_amount,
        tax_shop_amount
    from source
)

select * from final
