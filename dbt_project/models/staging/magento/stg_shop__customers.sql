with source as (
    {{ newest_rows('raw_magento', 'customers') }}
),

pseudonyms as (
    select * from {{ source('pii', 'customer_pseudonyms') }}
),

final as (
    select
        -- ids
        pseudonyms.customer_pseudonym,

        -- what it is
        nullif(source.country_id, '') as country_code,
        coalesce(source.is_subscribed, false) as has_marketing_consent,
        -- Magento's accounts do not count their orders
        null::integer as shop_orders_count,

        -- times
        source.created_at,
        source.updated_at,
        source._airbyte_extracted_at as extracted_at
    from source
    inner join pseudonyms on source.id = pseudonyms.customer_id
)

select * from final
