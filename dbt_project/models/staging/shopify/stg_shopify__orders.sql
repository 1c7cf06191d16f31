with source as (
    {{ shopify_rows('orders') }}
),

pseudonyms as (
    select * from {{ source('pii', 'customer_pseudonyms') }}
),

renamed as (
    select
        -- ids
        id::text as order_id,
        (customer ->> 'id')::bigint as customer_id,

        -- what it is
        name as order_name,
        coalesce(presentment_currency, currency) as currency,
        currency as shop_currency,
        coalesce(shipping_address ->> 'country_code', billing_address ->> 'country_code') as country_code,
        source_name,
        lower(financial_status) as financial_status,
        lower(coalesce(fulfillment_status, 'unfulfilled')) as fulfillment_status,
        lower(cancel_reason) as cancel_reason,
        discount_codes -> 0 ->> 'code' as discount_code,
        coalesce(test, false) as is_test,
        coalesce(taxes_included, false) as has_taxes_included,
        cancelled_at is not null as is_cancelled,

        -- money, as the customer paid it and in the shop's currency
        {{ money('total_tax_set', 'presentment_money') }} as tax_amount,
        {{ money('total_tax_set', 'shop_money') }} as tax_shop_amount,
        {{ money('total_shipping_price_set', 'presentment_money') }} as shipping_amount,
        {{ money('total_shipping_price_set', 'shop_money') }} as shipping_shop_amount,
        {{ money('total_price_set', 'presentment_money') }} as total_amount,
        {{ money('total_price_set', 'shop_money') }} as total_shop_amount,

        -- times
        created_at as ordered_at,
        {{ shop_date('created_at') }} as order_date,
        cancelled_at,
        {{ shop_date('cancelled_at') }} as cancellation_date,
        updated_at,
        _airbyte_extracted_at as extracted_at
    from source
    -- an order deleted in the shop arrives as its id and the time of its deletion
    where deleted_at is null
),

final as (
    select
        renamed.order_id,
        pseudonyms.customer_pseudonym,
        renamed.order_name,
        renamed.currency,
        renamed.shop_currency,
        renamed.country_code,
        renamed.source_name,
        renamed.financial_status,
        renamed.fulfillment_status,
        renamed.cancel_reason,
        renamed.discount_code,
        renamed.customer_id is not null as has_customer,
        renamed.is_test,
        renamed.has_taxes_included,
        renamed.is_cancelled,
        renamed.tax_amount,
        renamed.tax_shop_amount,
        renamed.shipping_amount,
        renamed.shipping_shop_amount,
        renamed.total_amount,
        renamed.total_shop_amount,
        renamed.ordered_at,
        renamed.order_date,
        renamed.cancelled_at,
        renamed.cancellation_date,
        renamed.updated_at,
        renamed.extracted_at
    from renamed
    left join pseudonyms on renamed.customer_id = pseudonyms.customer_id
)

select * from final
