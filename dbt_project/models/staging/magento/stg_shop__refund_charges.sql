{{ config(indexes=[{'columns': ['order_id']}]) }}

with credit_memos as (
    {{ newest_rows('raw_magento', 'credit_memos', 'entity_id') }}
),

-- credit memos have the amounts of delivery and adjustments in the order's currency only
memos as (
    select
        entity_id::text as refund_id,
        order_id::text as order_id,
        base_currency_code,
        _airbyte_extracted_at,
        coalesce(base_grand_total / nullif(grand_total, 0), 1) as rate,
        coalesce(adjustment_positive, 0) - coalesce(adjustment_negative, 0) as goods_amount,
        coalesce(shipping_amount, 0) as shipping_amount,
        -- the tax of the lines stands there
        coalesce(tax_amount, 0) - {{ sum_of_path('items', '$[*].tax_amount') }} as tax_amount
    from credit_memos
    -- 3: cancelled
    where state <> 3
),

charges as (
    select
        memos.refund_id,
        memos.order_id,
        each.charge_type,
        each.amount,
        round(each.amount * memos.rate, {{ currency_digits('memos.base_currency_code') }}) as shop_amount,
        memos._airbyte_extracted_at
    from memos
    cross join lateral (
        values ('goods', memos.goods_amount), ('shipping', memos.shipping_amount), ('tax', memos.tax_amount)
    ) as each (charge_type, amount)
),

final as (
    select
        -- ids
        refund_id || '-' || charge_type as refund_charge_id,
        refund_id,
        order_id,

        -- what it is
        charge_type,

        -- money
        amount,
        shop_amount,

        -- times
        _airbyte_extracted_at as extracted_at
    from charges
    where amount <> 0 or shop_amount <> 0
)

select * from final
