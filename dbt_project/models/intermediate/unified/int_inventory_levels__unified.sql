with source as (
    select * from {{ shop_model('inventory_levels') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        inventory_level_id,
        inventory_item_id,
        location_id,
        available_count,
        updated_at,
        extracted_at
    from source
)

select * from final
