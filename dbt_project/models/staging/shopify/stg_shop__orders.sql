{{
    config(
        materialized='incremental', unique_key='order_id', pre_hook="{{ forget_changed_orders() }}",
        indexes=[
            {'columns': ['order_id'], 'unique': true}, {'columns': ['order_date']}, {'columns': ['cancellation_date']},
            {'columns': ['extracted_at']}
        ]
    )
}}

with orders as (
    {{ shopify_orders(
        or_where="id = any(array(select order_id::bigint from " ~ this ~ " where " ~ has_old_pseudonym() ~ "))"
    ) }}
),

pseudonyms as (
    select * from {{ source('pii', 'customer_pseudonyms') }}
),

source as (
    select
        orders.*,
        pseudonyms.customer_pseudonym
    from orders
    left join pseudonyms on (orders.customer ->> 'id')::bigint = pseudonyms.customer_id
    -- an order deleted in the shop arrives as its id and the time of its deletion
    where orders.deleted_at is null
),

final as (
    select
        -- ids
        id::text as order_id,
        customer_pseudonym,

        -- what it is
        name as order_name,
        coalesce(presentment_currency, currency) as currency,
        currency as shop_currency,
        coalesce(shipping_address ->> 'country_code', billing_address ->> 'country_code') as country_code,
        source_name,
        lower(financial_status) as financial_status,
        lower(coalesce(fulfillment_status, 'unfulfilled')) as fulfillment_status,
        lower(cancel_reason) as cancel_reason,
        nullif(discount_codes -> 0 ->> 'code', '') as discount_code,
        customer ->> 'id' is not null as has_customer,
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
        -- an imported order was created when it was imported
        coalesce(processed_at, created_at) as ordered_at,
        {{ shop_date('coalesce(processed_at, created_at)') }} as order_date,
        created_at,
        cancelled_at,
        {{ shop_date('cancelled_at') }} as cancellation_date,
        updated_at,
        _airbyte_extracted_at as extracted_at
    from source
)

select * from final
