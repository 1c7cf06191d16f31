{{ config(indexes=[{'columns': ['charge_id'], 'unique': true}, {'columns': ['order_id']}]) }}

with orders as (
    {{ newest_rows('raw_magento', 'orders', 'entity_id', where='created_at is not null') }}
),

-- an order's discount holds that of its delivery, which stands nowhere alone
items as (
    select
        orders.entity_id,
        sum({{ number_of('found.item', 'discount_amount') }}) as discount_amount,
        sum({{ number_of('found.item', 'base_discount_amount') }}) as base_discount_amount,
        -- fixed product taxes (weee), which Magento adds beside the lines; the last word of the base name is cut there
        sum({{ number_of('found.item', 'weee_tax_applied_row_amount') }}) as fees_amount,
        sum({{ number_of('found.item', 'base_weee_tax_applied_row_amnt') }}) as base_fees_amount
    from orders
    cross join lateral jsonb_path_query(orders.items, '$[*]') as found (item)
    group by orders.entity_id
),

charges as (
    select
        orders.entity_id,
        orders._airbyte_extracted_at,
        each.*
    from orders
    inner join items on orders.entity_id = items.entity_id
    cross join lateral (
        values
        (
            'shipping',
            coalesce(orders.shipping_amount, 0)
            - greatest(-coalesce(orders.discount_amount, 0) - items.discount_amount, 0)
            + coalesce(orders.shipping_discount_tax_compensation_amount, 0),
            coalesce(orders.base_shipping_amount, 0)
            - greatest(-coalesce(orders.base_discount_amount, 0) - items.base_discount_amount, 0)
            + round(
                coalesce(orders.shipping_discount_tax_compensation_amount, 0)
                / coalesce(nullif(orders.base_to_order_rate, 0), 1), {{ currency_digits('orders.base_currency_code') }}
            )
        ),
        ('tax', orders.tax_amount, orders.base_tax_amount),
        ('fees', items.fees_amount, items.base_fees_amount)
    ) as each (charge_type, amount, shop_amount)
),

final as (
    select
        -- ids
        entity_id || '-' || charge_type as charge_id,
        entity_id::text as order_id,

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
