with source as (
    {{ newest_rows('raw_shop', 'metafield_products', where="namespace = 'reviews'") }}
),

final as (
    select
        -- ids
        owner_id::text as product_id,

        -- what it is: a metafield of type rating is {"value": "4.5", "scale_min": "1.0", "scale_max": "5.0"}
        max((value::jsonb ->> 'value')::numeric) filter (where key = 'rating') as rating,
        max(value::integer) filter (where key = 'rating_count') as rating_count,

        -- times
        max(updated_at) as updated_at
    from source
    where key in ('rating', 'rating_count')
    group by owner_id
)

select * from final
