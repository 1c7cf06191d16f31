{{
    config(
        materialized='incremental', pre_hook="{{ forget_changed_orders() }}",
        post_hook="{{ note_extraction() }}",
        indexes=[{'columns': ['charge_id'], 'unique': true}, {'columns': ['order_id']}, {'columns': ['extracted_at']}]
    )
}}

with orders as (
    {{ shopify_orders() }}
),

totals as (
    select
        id,
        coalesce(taxes_included, false) as has_taxes_included,
        presentment_currency,
        total_tip_received,
        _airbyte_extracted_at,
        {{ money('total_price_set', 'presentment_money') }} as total_amount,
        {{ money('total_price_set', 'shop_money') }} as total_shop_amount,
        {{ money('total_tax_set', 'presentment_money') }} as tax_amount,
        {{ money('total_tax_set', 'shop_money') }} as tax_shop_amount,
        -- without the discounts on it, and with its tax where prices contain it
        coalesce({{ money('total_shipping_price_set', 'presentment_money') }}, 0) as shipping_amount,
        coalesce({{ money('total_shipping_price_set', 'shop_money') }}, 0) as shipping_shop_amount,
        {{ sum_of_path('shipping_lines', '$[*].discount_allocations[*].amount_set.presentment_money.amount') }}
            as shipping_discount_amount,
        {{ sum_of_path('shipping_lines', '$[*].discount_allocations[*].amount_set.shop_money.amount') }}
            as shipping_discount_shop_amount,
        {{ sum_of_path('shipping_lines', '$[*].tax_lines[*].price_set.presentment_money.amount') }}
            as shipping_tax_amount,
        {{ sum_of_path('shipping_lines', '$[*].tax_lines[*].price_set.shop_money.amount') }}
            as shipping_tax_shop_amount,
        {{ loose_money('original_total_duties_set', 'presentment_money') }} as duties_amount,
        {{ loose_money('original_total_duties_set', 'shop_money') }} as duties_shop_amount,
        {{ loose_money('original_total_additional_fees_set', 'presentment_money') }} as fees_amount,
        {{ loose_money('original_total_additional_fees_set', 'shop_money') }} as fees_shop_amount,
        -- tips that are lines of the order are counted there
        {{ sum_of_path(
            'line_items',
            '$[*] ? (@.product_id == null && @.variant_id == null && exists (@.tip)).price_set.shop_money.amount'
        ) }} as marked_tips_amount,
        jsonb_path_query_array(
            line_items, '$[*] ? (@.product_id == null && @.variant_id == null).price_set.shop_money.amount'
        ) as free_prices
    from orders
    where deleted_at is null
),

untipped as (
    select
        *,
        case
            when
                marked_tips_amount = 0 and not exists (
                    select from jsonb_array_elements_text(totals.free_prices) as prices (price)
                    where prices.price::numeric = totals.total_tip_received
                )
                then total_tip_received
        end as tips_shop_amount
    from totals
),

charges as (
    select
        untipped.id,
        untipped._airbyte_extracted_at,
        each.*
    from untipped
    cross join lateral (
        values
        (
            'shipping',
            untipped.shipping_amount - untipped.shipping_discount_amount
            - case when untipped.has_taxes_included then untipped.shipping_tax_amount else 0 end,
            untipped.shipping_shop_amount - untipped.shipping_discount_shop_amount
            - case when untipped.has_taxes_included then untipped.shipping_tax_shop_amount else 0 end
        ),
        ('tax', untipped.tax_amount, untipped.tax_shop_amount),
        ('duties', untipped.duties_amount, untipped.duties_shop_amount),
        ('fees', untipped.fees_amount, untipped.fees_shop_amount),
        -- Shopify gives the tip in the shop's currency only
        (
            'tips',
            round(
                untipped.tips_shop_amount * untipped.total_amount / nullif(untipped.total_shop_amount, 0),
                {{ currency_digits('untipped.presentment_currency') }}
            ),
            untipped.tips_shop_amount
        )
    ) as each (charge_type, amount, shop_amount)
),

final as (
    select
        -- ids
        id || '-' || charge_type as charge_id,
        id::text as order_id,

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
