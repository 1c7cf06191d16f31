with source as (
    {{ newest_rows('raw_shop', 'abandoned_checkouts') }}
),

pseudonyms as (
    select * from {{ source('pii', 'customer_pseudonyms') }}
),

-- the number of the customer stays in raw_shop; only the pseudonym goes on
final as (
    select
        -- ids
        source.id::text as checkout_id,
        pseudonyms.customer_pseudonym,

        -- what it is
        source.presentment_currency as currency,
        coalesce(
            source.shipping_address ->> 'country_code', source.billing_address ->> 'country_code'
        ) as country_code,
        source.source_name,
        source.completed_at is not null as is_completed,
        jsonb_array_length(coalesce(source.line_items, '[]'::jsonb)) as lines_count,
        {{ sum_of_path('source.line_items', '$[*].quantity') }}::integer as units_count,

        -- money, as the customer would have paid it
        source.total_discounts as discount_amount,
        source.total_tax as tax_amount,
        source.total_price as total_amount,

        -- times
        source.created_at as started_at,
        {{ shop_date('source.created_at') }} as start_date,
        source.completed_at,
        source.updated_at,
        source._airbyte_extracted_at as extracted_at
    from source
    left join pseudonyms on (source.customer ->> 'id')::bigint = pseudonyms.customer_id
)

select * from final
