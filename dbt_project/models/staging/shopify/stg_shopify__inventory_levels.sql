with deleted_keys as (
    select key from {{ source('raw_shop', 'deleted_keys') }}
    where stream = 'inventory_levels'
),

source as (
    select distinct on (id) *
    from {{ source('raw_shop', 'inventory_levels') }}
    where id::text not in (select deleted_keys.key from deleted_keys)
    order by id asc, _airbyte_extracted_at desc
),

final as (
    select
        -- ids
        id as inventory_level_id,
        inventory_item_id::text as inventory_item_id,
        location_id::text as location_id,

        -- what it is: the connector's bulk query fills quantities, its older REST form filled available
        coalesce(
            (jsonb_path_query_first(quantities, '$[*] ? (@.name == "available").quantity') #>> '{}')::integer,
            available::integer
        ) as available_count,

        -- times
        updated_at,
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
