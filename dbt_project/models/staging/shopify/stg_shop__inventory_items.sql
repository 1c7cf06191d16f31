with source as (
    {{ shopify_rows('inventory_items') }}
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
