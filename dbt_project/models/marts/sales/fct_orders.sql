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

tracked as (
    select * from {{ ref('int_orders__tracked') }}
    where {{ order_has_changed() }}
),

currencies as (
    select * from {{ ref('int_shop_currencies__rated') }}
),

order_lines as (
    select * from {{ ref('int_order_lines__settled') }}
    where {{ order_has_changed() }}
),

refund_lines as (
    select * from {{ ref('int_refund_lines__priced') }}
    where {{ order_has_changed() }}
),

totals as (
    select
        order_id,
        count(*) as lines_count,
        sum(units_count) as units_count,
        sum(returned_units_count) as returned_units_count,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(returns_amount) as returns_amount,
        sum(cancellations_amount) as cancellations_amount,
        sum(net_sales_amount) as net_sales_amount,
        sum(gross_sales_shop_amount) as gross_sales_shop_amount,
        sum(discounts_shop_amount) as discounts_shop_amount,
        sum(returns_shop_amount) as returns_shop_amount,
        sum(cancellations_shop_amount) as cancellations_shop_amount,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from order_lines
    group by order_id
),

refunds as (
    select
        order_id,
        min(refunded_at) as first_refunded_at
    from refund_lines
    group by order_id
),

final as (
    select
        -- ids
        orders.order_id,
        orders.order_name,
        orders.customer_pseudonym,

        -- what it is
        orders.country_code,
        orders.source_name,
        orders.financial_status,
        orders.fulfillment_status,
        orders.discount_code,
        orders.cancel_reason,
        orders.is_cancelled,
        tracked.customer_order_number,
        tracked.customer_order_number = 1 as is_first_order,

        -- units
        coalesce(totals.lines_count, 0)::integer as lines_count,
        coalesce(totals.units_count, 0)::integer as units_count,
        coalesce(totals.returned_units_count, 0)::integer as returned_units_count,

        -- money the customer saw
        orders.currency,
        coalesce(totals.gross_sales_amount, 0) as gross_sales_amount,
        coalesce(totals.discounts_amount, 0) as discounts_amount,
        coalesce(totals.returns_amount, 0) as returns_amount,
        coalesce(totals.cancellations_amount, 0) as cancellations_amount,
        coalesce(totals.net_sales_amount, 0) as net_sales_amount,
        orders.tax_amount,
        orders.shipping_amount,
        orders.total_amount,

        -- the same in the shop's currency
        currencies.shop_currency,
        coalesce(totals.gross_sales_shop_amount, 0) as gross_sales_shop_amount,
        coalesce(totals.discounts_shop_amount, 0) as discounts_shop_amount,
        coalesce(totals.returns_shop_amount, 0) as returns_shop_amount,
        coalesce(totals.cancellations_shop_amount, 0) as cancellations_shop_amount,
        coalesce(totals.net_sales_shop_amount, 0) as net_sales_shop_amount,

        -- what it is in the shop's books of that time
        orders.shop_currency as book_currency,
        orders.total_shop_amount as total_book_amount,

        -- times
        orders.ordered_at,
        orders.order_date,
        orders.cancelled_at,
        orders.cancellation_date,
        refunds.first_refunded_at,
        orders.updated_at
    from orders
    inner join currencies on orders.shop_currency = currencies.book_currency
    left join totals on orders.order_id = totals.order_id
    left join refunds on orders.order_id = refunds.order_id
    left join tracked on orders.order_id = tracked.order_id
)

{{ as_contracted('final') }}
