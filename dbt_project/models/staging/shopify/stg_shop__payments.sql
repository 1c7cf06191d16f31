{{ config(indexes=[{'columns': ['payment_id'], 'unique': true}, {'columns': ['order_id']}]) }}

with transactions as (
    {{ newest_rows('raw_shop', 'transactions') }}
),

final as (
    select
        -- ids
        id::text as payment_id,
        order_id::text as order_id,

        -- what it is
        lower(gateway) = 'gift_card' as is_gift_card,

        -- money: received, and negative where it was given back
        case when lower(kind) in ('sale', 'capture') then 1 else -1 end
        * coalesce({{ money('amount_set', 'shop_money') }}, amount) as payment_book_amount,

        -- times
        coalesce(processed_at, created_at) as paid_at,
        {{ shop_date('coalesce(processed_at, created_at)') }} as payment_date,
        _airbyte_extracted_at as extracted_at
    from transactions
    -- an authorization or a void moves no money; change is what a till gives back in cash
    where
        lower(status) = 'success'
        and lower(kind) in ('sale', 'capture', 'refund', 'change')
        and not coalesce(test, false)
)

select * from final
