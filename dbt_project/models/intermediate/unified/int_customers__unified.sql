with source as (
    select * from {{ shop_model('customers') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        customer_pseudonym,
        country_code,
        has_marketing_consent,
        created_at,
        updated_at,
        extracted_at
    from source
)

select * from final
