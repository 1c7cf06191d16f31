with deleted_keys as (
    select key from {{ source('raw_shop', 'deleted_keys') }}
    where stream = 'inventory_items'
),

source as (
    select distinct on (id) *
    from {{ source('raw_shop', 'inventory_items') }}
    where id::text not in (select deleted_keys.key from deleted_keys)
    order by id asc, _airbyte_extracted_at desc
),

final as (
    select
        -- ids
        id::text as inventory_item_id,

        -- what it is
        sku,
        cost as unit_cost_amount,
        currency_code as currency,
        coalesce(tracked, true) as is_tracked,

        -- times
        created_at,
        updated_at,
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
