{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(day_has_changed('sales_date')) }}",
        post_hook="{{ forget_the_rest_of_days('sales_date') }}"
    )
}}

-- not materialized: a few days of all orders are read by index, for each of its three readers
with orders as not materialized (
    select * from {{ ref('stg_shop__orders') }}
    where not is_test
),

movements as (
    select * from {{ ref('int_sales__dated') }}
),

charges as (
    select * from {{ ref('int_order_charges__dated') }}
),

payments as (
    select * from {{ ref('stg_shop__payments') }}
    where is_gift_card and {{ day_has_changed('payment_date') }}
),

currencies as (
    select * from {{ ref('int_shop_currencies__rated') }}
),

-- the goods, in money of the customers and of the shop
goods as (
    select
        movement_date as sales_date,
        currency,
        count(distinct order_id) filter (where movement_type = 'sale') as sales_orders_count,
        sum(units_count) filter (where movement_type = 'sale') as units_count,
        sum(units_count) filter (where movement_type = 'return') as returned_units_count,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(returns_amount) as returns_amount,
        sum(cancellations_amount) as cancellations_amount,
        sum(returns_by_order_date_amount) as returns_by_order_date_amount,
        sum(gross_sales_shop_amount) as gross_sales_shop_amount,
        sum(discounts_shop_amount) as discounts_shop_amount,
        sum(returns_shop_amount) as returns_shop_amount,
        sum(cancellations_shop_amount) as cancellations_shop_amount,
        sum(returns_by_order_date_shop_amount) as returns_by_order_date_shop_amount
    from movements
    where {{ day_has_changed('movement_date') }}
    group by movement_date, currency
),

others as (
    select
        movement_date as sales_date,
        currency,
        {%- for side in ('amount', 'shop_amount') %}
            {%- for charge in ('shipping', 'tax', 'duties', 'fees', 'tips', 'gift_cards') %}
                sum({{ side }}) filter (where charge_type = '{{ charge }}') as {{ charge }}_{{ side }}
                {%- if not (loop.last and side == 'shop_amount') %},{% endif %}
            {%- endfor %}
        {%- endfor %}
    from charges
    where {{ day_has_changed('movement_date') }}
    group by movement_date, currency
),

placed as (
    select
        order_date as sales_date,
        currency,
        count(*) as orders_count
    from orders
    where {{ day_has_changed('order_date') }}
    group by order_date, currency
),

cancelled as (
    select
        cancellation_date as sales_date,
        currency,
        count(*) as cancelled_orders_count
    from orders
    where is_cancelled and {{ day_has_changed('cancellation_date') }}
    group by cancellation_date, currency
),

redeemed as (
    select
        payments.payment_date as sales_date,
        orders.currency,
        sum({{ in_shop_currency('payments.payment_book_amount') }}) as gift_cards_redeemed_shop_amount
    from payments
    inner join orders on payments.order_id = orders.order_id
    inner join currencies on orders.shop_currency = currencies.book_currency
    {% if is_increment() %}
        where orders.order_id = any(array(select paid.order_id from payments as paid))
    {% endif %}
    group by payments.payment_date, orders.currency
),

days as (
    select
        sales_date,
        currency
    from goods
    union
    select
        sales_date,
        currency
    from others
    union
    select
        sales_date,
        currency
    from placed
    union
    select
        sales_date,
        currency
    from cancelled
    union
    select
        sales_date,
        currency
    from redeemed
),

today as (
    select max(shop_currency) as shop_currency from currencies
),

final as (
    select
        -- keys
        days.sales_date,
        days.currency,

        -- counts
        coalesce(placed.orders_count, 0)::integer as orders_count,
        coalesce(goods.sales_orders_count, 0)::integer as sales_orders_count,
        coalesce(cancelled.cancelled_orders_count, 0)::integer as cancelled_orders_count,
        coalesce(goods.units_count, 0)::integer as units_count,
        coalesce(goods.returned_units_count, 0)::integer as returned_units_count,

        -- money the customers saw
        coalesce(goods.gross_sales_amount, 0) as gross_sales_amount,
        coalesce(goods.discounts_amount, 0) as discounts_amount,
        coalesce(goods.returns_amount, 0) as returns_amount,
        coalesce(goods.cancellations_amount, 0) as cancellations_amount,
        coalesce(
            goods.gross_sales_amount - goods.discounts_amount - goods.returns_amount - goods.cancellations_amount, 0
        ) as net_sales_amount,
        coalesce(goods.returns_by_order_date_amount, 0) as returns_by_order_date_amount,
        coalesce(others.shipping_amount, 0) as shipping_amount,
        coalesce(others.tax_amount, 0) as tax_amount,
        coalesce(others.duties_amount, 0) as duties_amount,
        coalesce(others.fees_amount, 0) as fees_amount,
        coalesce(others.tips_amount, 0) as tips_amount,
        coalesce(
            goods.gross_sales_amount - goods.discounts_amount - goods.returns_amount - goods.cancellations_amount, 0
        )
        + coalesce(others.shipping_amount, 0) + coalesce(others.tax_amount, 0) + coalesce(others.duties_amount, 0)
        + coalesce(others.fees_amount, 0) + coalesce(others.tips_amount, 0) as total_sales_amount,
        coalesce(others.gift_cards_amount, 0) as gift_cards_sold_amount,

        -- the same in the shop's currency
        today.shop_currency,
        coalesce(goods.gross_sales_shop_amount, 0) as gross_sales_shop_amount,
        coalesce(goods.discounts_shop_amount, 0) as discounts_shop_amount,
        coalesce(goods.returns_shop_amount, 0) as returns_shop_amount,
        coalesce(goods.cancellations_shop_amount, 0) as cancellations_shop_amount,
        coalesce(
            goods.gross_sales_shop_amount - goods.discounts_shop_amount - goods.returns_shop_amount
            - goods.cancellations_shop_amount, 0
        ) as net_sales_shop_amount,
        coalesce(goods.returns_by_order_date_shop_amount, 0) as returns_by_order_date_shop_amount,
        coalesce(others.shipping_shop_amount, 0) as shipping_shop_amount,
        coalesce(others.tax_shop_amount, 0) as tax_shop_amount,
        coalesce(others.duties_shop_amount, 0) as duties_shop_amount,
        coalesce(others.fees_shop_amount, 0) as fees_shop_amount,
        coalesce(others.tips_shop_amount, 0) as tips_shop_amount,
        coalesce(
            goods.gross_sales_shop_amount - goods.discounts_shop_amount - goods.returns_shop_amount
            - goods.cancellations_shop_amount, 0
        )
        + coalesce(others.shipping_shop_amount, 0) + coalesce(others.tax_shop_amount, 0)
        + coalesce(others.duties_shop_amount, 0) + coalesce(others.fees_shop_amount, 0)
        + coalesce(others.tips_shop_amount, 0) as total_sales_shop_amount,
        coalesce(others.gift_cards_shop_amount, 0) as gift_cards_sold_shop_amount,
        coalesce(redeemed.gift_cards_redeemed_shop_amount, 0) as gift_cards_redeemed_shop_amount
    from days
    cross join today
    left join goods on days.sales_date = goods.sales_date and days.currency = goods.currency
    left join others on days.sales_date = others.sales_date and days.currency = others.currency
    left join placed on days.sales_date = placed.sales_date and days.currency = placed.currency
    left join cancelled on days.sales_date = cancelled.sales_date and days.currency = cancelled.currency
    left join redeemed on days.sales_date = redeemed.sales_date and days.currency = redeemed.currency
)

{{ as_contracted('final') }}
