{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}"
    )
}}

with orders as (
    select * from {{ ref('stg_shop__orders') }}
    where not is_test and {{ order_has_changed() }}
),

sales as (
    select
        order_id,
        {%- for side in ('amount', 'shop_amount') %}
            sum(gross_sales_{{ side }}) as gross_sales_{{ side }},
            sum(discounts_{{ side }}) as discounts_{{ side }},
            sum(returns_{{ side }}) as returns_{{ side }},
            sum(cancellations_{{ side }}) as cancellations_{{ side }},
            sum(net_sales_{{ side }}) as net_sales_{{ side }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_order_lines__settled') }}
    where {{ order_has_changed() }}
    group by order_id
),

-- payments are compared in the books' own currency: converted parts would be off by their rounding
sold as (
    select
        order_id,
        sum(sold_book_amount) as sold_book_amount
    from {{ ref('int_order_lines__priced') }}
    where {{ order_has_changed() }}
    group by order_id
),

returned as (
    select
        order_id,
        sum(returns_book_amount) as returns_book_amount
    from {{ ref('int_refund_lines__priced') }}
    where {{ order_has_changed() }}
    group by order_id
),

charges as (
    select
        order_id,
        {%- for side in ('amount', 'shop_amount') %}
            {%- for charge in ('shipping', 'tax', 'duties', 'fees', 'tips', 'gift_cards') %}
                coalesce(sum({{ side }}) filter (where charge_type = '{{ charge }}'), 0) as {{ charge }}_{{ side }},
            {%- endfor %}
            sum({{ side }}) as charges_{{ side }},
            sum({{ side }}) filter (where movement_type = 'sale') as charged_{{ side }},
        {%- endfor %}
        sum(book_amount) as charges_book_amount
    from {{ ref('int_order_charges__dated') }}
    where {{ order_has_changed() }}
    group by order_id
),

currencies as (
    select * from {{ ref('int_shop_currencies__rated') }}
),

payments as (
    select
        order_id,
        coalesce(sum(payment_book_amount) filter (where is_gift_card), 0) as gift_cards_book_amount,
        coalesce(sum(payment_book_amount) filter (where not is_gift_card), 0) as paid_book_amount
    from {{ ref('stg_shop__payments') }}
    where {{ order_has_changed() }}
    group by order_id
),

bridged as (
    select
        orders.order_id,
        orders.order_date,
        orders.currency,
        orders.financial_status,
        orders.is_cancelled,
        currencies.shop_currency,
        orders.shop_currency as book_currency,
        orders.total_amount as stated_total_amount,
        payments.order_id is not null
        or orders.financial_status in ('pending', 'authorized', 'expired', 'voided') as has_payments,
        case
            when orders.is_cancelled then 0
            else coalesce(sold.sold_book_amount, 0) - coalesce(returned.returns_book_amount, 0)
        end
        + coalesce(charges.charges_book_amount, 0) as total_book_amount,
        coalesce(payments.gift_cards_book_amount, 0) + coalesce(payments.paid_book_amount, 0) as payments_book_amount,
        {%- for side in ('amount', 'shop_amount') %}
            {%- for part in ('gross_sales', 'discounts', 'returns', 'cancellations', 'net_sales') %}
                coalesce(sales.{{ part }}_{{ side }}, 0) as {{ part }}_{{ side }},
            {%- endfor %}
            {%- for charge in ('shipping', 'tax', 'duties', 'fees', 'tips', 'gift_cards') %}
                coalesce(charges.{{ charge }}_{{ side }}, 0) as {{ charge }}_{{ side }},
            {%- endfor %}
            coalesce(sales.net_sales_{{ side }}, 0) + coalesce(charges.charges_{{ side }}, 0) as total_{{ side }},
        {%- endfor %}
        -- what the order came to when it was placed, by its parts
        coalesce(sales.gross_sales_amount - sales.discounts_amount, 0) + coalesce(charges.charged_amount, 0)
            as placed_total_amount,
        {{ in_shop_currency('coalesce(payments.gift_cards_book_amount, 0)') }} as gift_cards_redeemed_shop_amount,
        {{ in_shop_currency('coalesce(payments.paid_book_amount, 0)') }} as paid_shop_amount
    from orders
    inner join currencies on orders.shop_currency = currencies.book_currency
    left join sales on orders.order_id = sales.order_id
    left join sold on orders.order_id = sold.order_id
    left join returned on orders.order_id = returned.order_id
    left join charges on orders.order_id = charges.order_id
    left join payments on orders.order_id = payments.order_id
),

compared as (
    select
        *,
        coalesce(stated_total_amount, placed_total_amount) - placed_total_amount as total_difference_amount,
        case when has_payments then total_book_amount - payments_book_amount end as payment_difference_book_amount
    from bridged
),

final as (
    select
        -- ids
        order_id,

        -- what the customer owes, in money they saw
        currency,
        gross_sales_amount,
        discounts_amount,
        returns_amount,
        cancellations_amount,
        net_sales_amount,
        shipping_amount,
        tax_amount,
        duties_amount,
        fees_amount,
        tips_amount,
        gift_cards_amount as gift_cards_sold_amount,
        total_amount,
        stated_total_amount,
        total_difference_amount,

        -- the same in the shop's currency, and what was paid
        shop_currency,
        gross_sales_shop_amount,
        discounts_shop_amount,
        returns_shop_amount,
        cancellations_shop_amount,
        net_sales_shop_amount,
        shipping_shop_amount,
        tax_shop_amount,
        duties_shop_amount,
        fees_shop_amount,
        tips_shop_amount,
        gift_cards_shop_amount as gift_cards_sold_shop_amount,
        total_shop_amount,
        case when has_payments then gift_cards_redeemed_shop_amount end as gift_cards_redeemed_shop_amount,
        case when has_payments then paid_shop_amount end as paid_shop_amount,

        -- the same in the books of that time
        book_currency,
        total_book_amount,
        payments_book_amount,
        payment_difference_book_amount,

        -- why it does not close
        coalesce(total_difference_amount, 0) = 0 and coalesce(payment_difference_book_amount, 0) = 0 as is_closed,
        case
            when coalesce(total_difference_amount, 0) = 0 and coalesce(payment_difference_book_amount, 0) = 0
                then case when has_payments then null else 'no payment is known' end
            when total_difference_amount <> 0 then 'the shop states another total than its parts'
            when is_cancelled and payment_difference_book_amount < 0 then 'cancelled, not yet paid back'
            when financial_status in ('pending', 'authorized', 'partially_paid', 'expired', 'voided')
                then 'not paid yet'
            -- each part was converted and rounded on its own, and so was the payment
            when
                currency <> book_currency
                and abs(payment_difference_book_amount) <= 10 * 10 ^ (-({{ currency_digits('book_currency') }}))
                then 'rounded between two currencies'
            when payment_difference_book_amount > 0 then 'more was given back than was returned, or less was paid'
            else 'less was given back than was returned, or more was paid'
        end as reason,

        -- times
        order_date
    from compared
)

{{ as_contracted('final') }}
