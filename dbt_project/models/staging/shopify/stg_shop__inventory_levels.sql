with source as (
    {{ shopify_rows('inventory_levels') }}
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
