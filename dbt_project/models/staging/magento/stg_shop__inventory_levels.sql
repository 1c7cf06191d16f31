with source as (
    {{ newest_rows('raw_magento', 'source_items', 'sku, source_code') }}
),

final as (
    select
        -- ids
        sku || '@' || source_code as inventory_level_id,
        sku as inventory_item_id,
        source_code as location_id,

        -- what it is: a source may be out of stock whatever it counts
        case when status = 1 or quantity < 0 then quantity else 0 end::integer as available_count,

        -- times; Magento does not keep when stock changed
        null::timestamptz as updated_at,
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
