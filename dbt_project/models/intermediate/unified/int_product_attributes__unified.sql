with source as (
    select * from {{ shop_model('product_attributes') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        product_id,
        attributes,
        updated_at
    from source
)

select * from final
