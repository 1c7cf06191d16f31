{{ config(indexes=[{'columns': ['payment_id'], 'unique': true}, {'columns': ['order_id']}]) }}

with invoices as (
    {{ newest_rows('raw_magento', 'invoices', 'entity_id') }}
),

credit_memos as (
    {{ newest_rows('raw_magento', 'credit_memos', 'entity_id') }}
),

-- 2: an invoice that is paid, a credit memo that is refunded
moved as (
    select
        'invoice-' || entity_id as payment_id,
        order_id,
        base_grand_total as payment_book_amount,
        created_at,
        _airbyte_extracted_at
    from invoices
    where state = 2
    union all
    select
        'memo-' || entity_id as payment_id,
        order_id,
        -base_grand_total as payment_book_amount,
        created_at,
        _airbyte_extracted_at
    from credit_memos
    where state = 2
),

final as (
    select
        -- ids
        payment_id,
        order_id::text as order_id,

        -- what it is
        false as is_gift_card,

        -- money: received, and negative where it was given back
        payment_book_amount,

        -- times
        created_at as paid_at,
        {{ shop_date('created_at') }} as payment_date,
        _airbyte_extracted_at as extracted_at
    from moved
)

select * from final
