with source as (
    select * from {{ shop_model('orders') }}
),

final as (
    select
        '{{ shop_platform() }}' as platform,
        order_id,
        customer_pseudonym,
        order_name,
        currency,
        shop_currency,
        country_code,
        source_name,
        financial_status,
        fulfillment_status,
        cancel_reason,
        discount_code,
        has_customer,
        is_test,
        has_taxes_included,
        is_cancelled,
        tax_amount,
        tax_shop_amount,
        shipping_amount,
        shipping_shop_amount,
        total_amount,
        total_shop_amount,
        ordered_at,
        order_date,
        cancelled_at,
        cancellation_date,
        updated_at,
        extracted_at
    from source
)

select * from final
