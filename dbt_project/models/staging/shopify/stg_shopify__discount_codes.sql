with codes as (
    {{ newest_rows('raw_shop', 'discount_codes_sync') }}
),

rules as (
    {{ newest_rows('raw_shop', 'price_rules') }}
),

final as (
    select
        -- ids
        codes.id::text as discount_code_id,
        codes.price_rule_id::text as discount_id,

        -- what it is
        codes.code as discount_code,
        codes.title,
        codes.summary,
        lower(codes.status) as status,
        rules.value_type,
        -(rules.value::numeric) as discount_value,
        rules.target_type,
        codes.usage_limit,
        codes.usage_count,

        -- money
        (codes.total_sales ->> 'amount')::numeric as discount_sales_shop_amount,
        codes.total_sales ->> 'currency_code' as shop_currency,

        -- times
        codes.starts_at,
        codes.ends_at,
        codes.created_at,
        codes.updated_at,
        codes._airbyte_extracted_at as extracted_at
    from codes
    left join rules on codes.price_rule_id = rules.id
)

select * from final
