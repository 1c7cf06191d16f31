with source as (
    select * from {{ shop_model('variants') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        variant_id,
        product_id,
        inventory_item_id,
        sku,
        barcode,
        variant_position,
        price_amount,
        compare_at_amount,
        reported_stock_count,
        has_backorders,
        created_at,
        updated_at,
        extracted_at
    from source
)

select * from final
