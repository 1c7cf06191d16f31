with deleted_keys as (
    select key from {{ source('raw_shop', 'deleted_keys') }}
    where stream = 'customers'
),

source as (
    select distinct on (id) *
    from {{ source('raw_shop', 'customers') }}
    where id::text not in (select deleted_keys.key from deleted_keys)
    order by id asc, _airbyte_extracted_at desc
),

pseudonyms as (
    select * from {{ source('pii', 'customer_pseudonyms') }}
),

-- names, addresses, mail and phone stay behind in raw_shop: nothing after it needs them
final as (
    select
        -- ids
        pseudonyms.customer_pseudonym,

        -- what it is
        source.default_address ->> 'country_code' as country_code,
        lower(coalesce(source.email_marketing_consent ->> 'state', '')) = 'subscribed' as has_marketing_consent,

        -- times
        source.created_at,
        source.updated_at,
        source._airbyte_extracted_at as extracted_at
    from source
    inner join pseudonyms on source.id = pseudonyms.customer_id
)

select * from final
