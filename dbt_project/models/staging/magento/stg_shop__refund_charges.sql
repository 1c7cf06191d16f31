{{ config(indexes=[{'columns': ['refund_charge_id'], 'unique': true}, {'columns': ['order_id']}]) }}

with credit_memos as (
    {{ newest_rows('raw_magento', 'credit_memos', 'entity_id') }}
),

memos as (
    select
        entity_id::text as refund_id,
        order_id::text as order_id,
        base_currency_code,
        _airbyte_extracted_at,
        -- the amounts in the books were not read before; those columns are there from the first sync that reads them
        coalesce(base_grand_total / nullif(grand_total, 0), 1) as rate,
        to_jsonb(credit_memos) as memo,
        coalesce(adjustment_positive, 0) - coalesce(adjustment_negative, 0) as goods_amount,
        coalesce(shipping_amount, 0) as shipping_amount,
        -- the tax of the lines stands there
        {{ sum_of_path('items', '$[*].tax_amount') }} as lines_tax_amount,
        {{ sum_of_path('items', '$[*].base_tax_amount') }} as lines_tax_shop_amount,
        coalesce(tax_amount, 0) as tax_amount,
        -- fixed product taxes (weee)
        {{ sum_of_path('items', '$[*].weee_tax_applied_row_amount') }} as fees_amount,
        {{ sum_of_path('items', '$[*].base_weee_tax_applied_row_amnt') }} as fees_shop_amount
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
        coalesce(
            each.shop_amount, round(each.amount * memos.rate, {{ currency_digits('memos.base_currency_code') }})
        ) as shop_amount,
        memos._airbyte_extracted_at
    from memos
    cross join lateral (
        values
        (
            'goods', memos.goods_amount,
            case
                when
                    coalesce(memos.memo ->> 'base_adjustment_positive', memos.memo ->> 'base_adjustment_negative')
                    is not null
                    then
                        {{ number_of('memos.memo', 'base_adjustment_positive') }}
                        - {{ number_of('memos.memo', 'base_adjustment_negative') }}
            end
        ),
        ('shipping', memos.shipping_amount, (memos.memo ->> 'base_shipping_amount')::numeric),
        (
            'tax', memos.tax_amount - memos.lines_tax_amount,
            (memos.memo ->> 'base_tax_amount')::numeric - memos.lines_tax_shop_amount
        ),
        ('fees', memos.fees_amount, memos.fees_shop_amount)
    ) as each (charge_type, amount, shop_amount)
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
