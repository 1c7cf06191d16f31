{{
    config(
        materialized='incremental', pre_hook="{{ forget_changed_orders() }}",
        post_hook="{{ note_extraction() }}",
        indexes=[{'columns': ['refund_charge_id'], 'unique': true}, {'columns': ['order_id']}, {'columns': ['extracted_at']}]
    )
}}

{%- set of_shipping = "adjustments.adjustment ->> 'kind' = 'shipping_refund'" -%}
{%- set of_goods = "adjustments.adjustment ->> 'kind' is distinct from 'shipping_refund'" -%}

with orders as (
    {{ shopify_orders() }}
),

refunds as (
    select
        orders.id as order_id,
        orders._airbyte_extracted_at,
        given.refund
    from orders
    cross join lateral jsonb_path_query(orders.refunds, '$[*]') as given (refund)
    where orders.deleted_at is null
),

sides as (
    select
        refunds.order_id,
        refunds._airbyte_extracted_at,
        refunds.refund ->> 'id' as refund_id,
        {%- for side, suffix in (('presentment_money', 'amount'), ('shop_money', 'shop_amount')) %}
            -- an adjustment is negative where money goes to the customer
            -{{ order_adjustments(of_goods, 'amount', side) }} as goods_{{ suffix }},
            -{{ order_adjustments(of_shipping, 'amount', side) }} as adjusted_shipping_{{ suffix }},
            -{{ order_adjustments('true', 'tax_amount', side) }} as adjusted_tax_{{ suffix }},
            -- API versions from 2024-10 on list what delivery was refunded, instead of an adjustment
            {{ sum_of_path('refund', '$.refund_shipping_lines[*].subtotal_amount_set.' ~ side ~ '.amount') }}
                as listed_shipping_{{ suffix }},
            {{ sum_of_path('refund', '$.refund_shipping_lines[*].tax_amount_set.' ~ side ~ '.amount') }}
                as listed_shipping_tax_{{ suffix }},
            {{ loose_money("refund -> 'total_duties_set'", side) }} as duties_{{ suffix }},
            {{ loose_money("refund -> 'total_additional_fees_set'", side) }} as fees_{{ suffix }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from refunds
),

charges as (
    select
        sides.order_id,
        sides.refund_id,
        sides._airbyte_extracted_at,
        each.*
    from sides
    cross join lateral (
        values
        ('goods', sides.goods_amount, sides.goods_shop_amount),
        (
            'shipping',
            coalesce(nullif(sides.adjusted_shipping_amount, 0), sides.listed_shipping_amount),
            coalesce(nullif(sides.adjusted_shipping_shop_amount, 0), sides.listed_shipping_shop_amount)
        ),
        (
            'tax',
            sides.adjusted_tax_amount
            + case when sides.adjusted_shipping_amount = 0 then sides.listed_shipping_tax_amount else 0 end,
            sides.adjusted_tax_shop_amount
            + case when sides.adjusted_shipping_shop_amount = 0 then sides.listed_shipping_tax_shop_amount else 0 end
        ),
        ('duties', sides.duties_amount, sides.duties_shop_amount),
        ('fees', sides.fees_amount, sides.fees_shop_amount)
    ) as each (charge_type, amount, shop_amount)
),

final as (
    select
        -- ids
        refund_id || '-' || charge_type as refund_charge_id,
        refund_id,
        order_id::text as order_id,

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
