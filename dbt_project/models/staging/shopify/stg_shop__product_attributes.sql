with source as (
    {{ newest_rows('raw_shop', 'metafield_products', where="namespace = 'specs'") }}
),

final as (
    select
        -- ids
        owner_id::text as product_id,

        -- what it is
        jsonb_object_agg(key, value order by updated_at) as attributes,

        -- times
        max(updated_at) as updated_at
    from source
    where key is not null
    group by owner_id
)

select * from final
