with source as (
    {{ shopify_rows('products') }}
),

final as (
    select
        -- ids
        id::text as product_id,
        handle,

        -- what it is
        title,
        nullif(description, '') as description,
        nullif(vendor, '') as brand,
        nullif(product_type, '') as category,
        trim(substring(tags from '(?:^|,)\s*department:([^,]+)')) as department,
        lower(status) as status,
        price_range_v2 -> 'min_variant_price' ->> 'currency_code' as currency,
        coalesce(featured_image ->> 'url', image ->> 'src') as image_url,
        coalesce(is_gift_card, false) as is_gift_card,
        -- `published_at` is of the online store alone: a shop that sells elsewhere publishes nothing there
        lower(status) = 'active' and (
            published_at is not null
            or '{{ env_var("COMPTOIR_SALES_CHANNEL", "online_store") }}' = 'any'
            or not bool_or(lower(status) = 'active' and published_at is not null) over ()
        ) as is_published,

        -- times
        published_at,
        created_at,
        updated_at,
        _airbyte_extracted_at as extracted_at
    from source
    -- a product deleted in the shop arrives as its id and the time of its deletion
    where deleted_at is null
)

select * from final
