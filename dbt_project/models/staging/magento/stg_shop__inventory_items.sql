with source as (
    {{ newest_rows('raw_magento', 'products') }}
),

store as (
    select *
    from {{ source('raw_magento', 'store_configs') }}
    order by id asc
    limit 1
),

final as (
    select
        -- ids: stock is kept by SKU
        source.sku as inventory_item_id,

        -- what it is
        source.sku,
        {{ custom_attribute('cost', 'source.custom_attributes') }}::numeric as unit_cost_amount,
        store.base_currency_code as currency,
        -- what cannot be sent has no stock
        source.type_id not in ('virtual', 'downloadable', 'giftcard') as is_tracked,

        -- times
        source.created_at,
        source.updated_at,
        source._airbyte_extracted_at as extracted_at
    from source
    left join store on true
    where source.type_id <> 'configurable'
)

select * from final
