with source as (
    select * from {{ shop_model('products') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        product_id,
        handle,
        title,
        description,
        brand,
        category,
        department,
        status,
        currency,
        image_url,
        is_gift_card,
        is_published,
        published_at,
        created_at,
        updated_at,
        extracted_at
    from source
)

select * from final
