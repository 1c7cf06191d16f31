{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}",
        indexes=[{'columns': ['order_line_id'], 'unique': true}, {'columns': ['order_id']}]
    )
}}

-- gift cards and tips are no sales: see int_order_charges__dated
with order_lines as (
    select * from {{ ref('stg_shop__order_lines') }}
    where line_type = 'product' and {{ order_has_changed() }}
),

orders as (
    select * from {{ ref('stg_shop__orders') }}
    where not is_test and {{ order_has_changed() }}
),

currencies as (
    select * from {{ ref('int_shop_currencies__rated') }}
),

-- whether the line's price contains its tax
paid as (
    select
        order_lines.*,
        orders.currency,
        orders.shop_currency as book_currency,
        orders.has_taxes_included
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id
),

-- sales are counted without tax: where prices contain it, it is taken out of price and discount in proportion
untaxed as (
    select
        *,
        {{ without_tax('listed_amount', 'discount_amount', 'tax_amount', 'currency') }} as gross_sales_amount,
        {{ without_tax('listed_shop_amount', 'discount_shop_amount', 'tax_shop_amount', 'book_currency') }}
            as gross_sales_shop_amount,
        listed_amount - discount_amount
        - case when has_taxes_included then tax_amount else 0 end as sold_amount,
        listed_shop_amount - discount_shop_amount
        - case when has_taxes_included then tax_shop_amount else 0 end as sold_shop_amount
    from paid
),

final as (
    select
        untaxed.order_line_id,
        untaxed.order_id,
        untaxed.product_id,
        untaxed.variant_id,
        untaxed.sku,
        untaxed.title,
        untaxed.brand,
        orders.customer_pseudonym,
        orders.currency,
        currencies.shop_currency,
        untaxed.book_currency,
        orders.is_cancelled,
        untaxed.units_count,
        untaxed.unit_price_amount,
        untaxed.gross_sales_amount,
        untaxed.gross_sales_amount - untaxed.sold_amount as discounts_amount,
        {{ in_shop_currency('untaxed.gross_sales_shop_amount') }} as gross_sales_shop_amount,
        {{ in_shop_currency('untaxed.gross_sales_shop_amount') }}
        - {{ in_shop_currency('untaxed.sold_shop_amount') }} as discounts_shop_amount,
        untaxed.sold_shop_amount as sold_book_amount,
        orders.ordered_at,
        orders.order_date,
        orders.cancelled_at,
        orders.cancellation_date
    from untaxed
    inner join orders on untaxed.order_id = orders.order_id
    inner join currencies on untaxed.book_currency = currencies.book_currency
)

select * from final
