with source as (
    {{ newest_rows('raw_magento', 'product_ratings', 'sku') }}
),

products as (
    {{ newest_rows('raw_magento', 'products', 'sku') }}
),

final as (
    select
        -- ids
        products.id::text as product_id,

        -- what it is: the mean is in percent of five stars
        round(source.rating_summary / 20, 2) as rating,
        source.review_count::integer as rating_count,

        -- times; Magento does not keep when reviews changed
        null::timestamptz as updated_at
    from source
    inner join products on source.sku = products.sku
    where source.review_count > 0
)

select * from final
