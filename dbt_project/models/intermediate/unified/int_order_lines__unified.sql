with source as (
    select * from {{ shop_model('order_lines') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        order_line_id,
        order_id,
        product_id,
        variant_id,
        sku,
        title,
        brand,
        units_count,
        unit_price_amount,
        unit_price_shop_amount,
        listed_amount,
        listed_shop_amount,
        discount_amount,
        discount_shop_amount,
        tax_amount,
        tax_shop_amount,
        tax_rate
    from source
)

select * from final
