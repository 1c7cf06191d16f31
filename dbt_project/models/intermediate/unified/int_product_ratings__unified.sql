with source as (
    select * from {{ shop_model('product_ratings') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        product_id,
        rating,
        rating_count,
        updated_at
    from source
)

select * from final
