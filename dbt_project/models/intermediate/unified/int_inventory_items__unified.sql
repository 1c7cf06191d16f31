with source as (
    select * from {{ shop_model('inventory_items') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        inventory_item_id,
        sku,
        unit_cost_amount,
        currency,
        is_tracked,
        created_at,
        updated_at,
        extracted_at
    from source
)

select * from final
