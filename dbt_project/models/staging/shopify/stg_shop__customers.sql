with source as (
    {{ shopify_rows('customers') }}
),

pseudonyms as (
    select * from {{ source('pii', 'customer_pseudonyms') }}
),

-- raw_shop holds no name, address, mail or phone, and its number of the customer goes no further
final as (
    select
        -- ids
        pseudonyms.customer_pseudonym,

        -- what it is
        source.default_address ->> 'country_code' as country_code,
        lower(coalesce(source.email_marketing_consent ->> 'state', '')) = 'subscribed' as has_marketing_consent,
        source.orders_count::integer as shop_orders_count,

        -- times
        source.created_at,
        source.updated_at,
        source._airbyte_extracted_at as extracted_at
    from source
    inner join pseudonyms on source.id = pseudonyms.customer_id
)

select * from final
