{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('refund_date') }}",
        indexes=[{'columns': ['refund_line_id'], 'unique': true}, {'columns': ['order_id']}]
    )
}}

with refund_lines as (
    select * from {{ ref('stg_shop__refund_lines') }}
    where {{ order_has_changed() }}
),

refund_charges as (
    select * from {{ ref('stg_shop__refund_charges') }}
    where charge_type = 'goods' and {{ order_has_changed() }}
),

order_lines as (
    select * from {{ ref('int_order_lines__priced') }}
    where {{ order_has_changed() }}
),

refunds as (
    select * from {{ ref('stg_shop__refunds') }}
    where {{ order_has_changed() }}
),

orders as (
    select * from {{ ref('stg_shop__orders') }}
    where not is_test and {{ order_has_changed() }}
),

currencies as (
    select * from {{ ref('int_shop_currencies__rated') }}
),

of_lines as (
    select
        refund_lines.refund_line_id,
        refund_lines.refund_id,
        refund_lines.order_id,
        refund_lines.order_line_id,
        refund_lines.restock_type,
        refund_lines.units_count,
        -- without tax, as sales are counted
        refund_lines.subtotal_amount
        - case when orders.has_taxes_included then refund_lines.tax_amount else 0 end as returns_amount,
        {{ in_shop_currency(
            'refund_lines.subtotal_shop_amount'
            ' - case when orders.has_taxes_included then refund_lines.tax_shop_amount else 0 end'
        ) }} as returns_shop_amount,
        refund_lines.subtotal_shop_amount
        - case when orders.has_taxes_included then refund_lines.tax_shop_amount else 0 end as returns_book_amount
    from refund_lines
    inner join order_lines on refund_lines.order_line_id = order_lines.order_line_id
    inner join orders on refund_lines.order_id = orders.order_id
    inner join currencies on orders.shop_currency = currencies.book_currency
),

-- money given back without a line (goodwill, a restocking fee kept) is spread over the lines by what they were sold for
weighed as (
    select
        refund_charges.refund_id,
        refund_charges.order_id,
        order_lines.order_line_id,
        orders.currency,
        refund_charges.amount,
        currencies.shop_currency,
        {{ in_shop_currency('refund_charges.shop_amount') }} as shop_amount,
        currencies.book_currency,
        refund_charges.shop_amount as book_amount,
        row_number() over by_line as line_number,
        count(*) over of_refund as lines_count,
        coalesce(
            (order_lines.gross_sales_amount - order_lines.discounts_amount)
            / nullif(sum(order_lines.gross_sales_amount - order_lines.discounts_amount) over of_refund, 0),
            1.0 / count(*) over of_refund
        ) as weight
    from refund_charges
    inner join orders on refund_charges.order_id = orders.order_id
    inner join order_lines on refund_charges.order_id = order_lines.order_id
    inner join currencies on orders.shop_currency = currencies.book_currency
    window
        of_refund as (partition by refund_charges.refund_id),
        by_line as (partition by refund_charges.refund_id order by order_lines.order_line_id)
),

cut as (
    select
        *,
        trunc(amount * weight, {{ currency_digits('currency') }}) as part_amount,
        trunc(shop_amount * weight, {{ currency_digits('shop_currency') }}) as part_shop_amount,
        trunc(book_amount * weight, {{ currency_digits('book_currency') }}) as part_book_amount
    from weighed
),

-- the last line gets what cutting left, so that the parts add up exactly
of_goods as (
    select
        refund_id || '-' || order_line_id as refund_line_id,
        refund_id,
        order_id,
        order_line_id,
        null::text as restock_type,
        0 as units_count,
        case
            when line_number < lines_count then part_amount
            else amount - coalesce(sum(part_amount) over earlier, 0)
        end as returns_amount,
        case
            when line_number < lines_count then part_shop_amount
            else shop_amount - coalesce(sum(part_shop_amount) over earlier, 0)
        end as returns_shop_amount,
        case
            when line_number < lines_count then part_book_amount
            else book_amount - coalesce(sum(part_book_amount) over earlier, 0)
        end as returns_book_amount
    from cut
    window earlier as (
        partition by refund_id order by line_number rows between unbounded preceding and 1 preceding
    )
),

returned as (
    select * from of_lines
    union all
    select * from of_goods
    where returns_amount <> 0 or returns_shop_amount <> 0
),

final as (
    select
        returned.refund_line_id,
        returned.refund_id,
        returned.order_id,
        returned.order_line_id,
        returned.restock_type,
        orders.currency,
        currencies.shop_currency,
        returned.units_count,
        returned.returns_amount,
        returned.returns_shop_amount,
        returned.returns_book_amount,
        refunds.refunded_at,
        refunds.refund_date,
        orders.order_date
    from returned
    inner join refunds on returned.refund_id = refunds.refund_id
    inner join orders on returned.order_id = orders.order_id
    inner join currencies on orders.shop_currency = currencies.book_currency
)

select * from final
