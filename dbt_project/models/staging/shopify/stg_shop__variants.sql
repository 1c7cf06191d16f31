with source as (
    {{ shopify_rows('product_variants') }}
),

final as (
    select
        -- ids
        id::text as variant_id,
        product_id::text as product_id,
        inventory_item_id::text as inventory_item_id,

        -- what it is
        sku,
        barcode,
        position as variant_position,
        price as price_amount,
        nullif(compare_at_price, '')::numeric as compare_at_amount,
        {{ presentment_price_lists('presentment_prices') }} as price_lists,
        inventory_quantity as reported_stock_count,
        coalesce(lower(inventory_policy) = 'continue', false) as has_backorders,

        -- times
        created_at,
        updated_at,
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
