{{
    config(
        materialized='incremental',
        pre_hook="{{ forget_rows(day_or_category_has_changed('sales_date')) }}",
        post_hook="{{ forget_the_rest_of_days('sales_date') }}"
    )
}}

with movements as (
    select * from {{ ref('int_sales__dated') }}
    where {{ day_or_category_has_changed('movement_date') }}
),

-- not materialized: a few days of all orders are read by index
orders as not materialized (
    select * from {{ ref('fct_orders') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

-- an order of gift cards alone has no movement, and is an order
moved as (
    select
        movement_type,
        movement_date as sales_date,
        order_id,
        order_line_id,
        product_id,
        currency,
        units_count,
        gross_sales_amount,
        discounts_amount,
        returns_amount,
        cancellations_amount,
        gross_sales_shop_amount,
        discounts_shop_amount,
        returns_shop_amount,
        cancellations_shop_amount
    from movements
    union all
    select
        'no goods' as movement_type,
        order_date as sales_date,
        order_id,
        '' as order_line_id,
        null as product_id,
        currency,
        0 as units_count,
        0 as gross_sales_amount,
        0 as discounts_amount,
        0 as returns_amount,
        0 as cancellations_amount,
        0 as gross_sales_shop_amount,
        0 as discounts_shop_amount,
        0 as returns_shop_amount,
        0 as cancellations_shop_amount
    from orders
    where lines_count = 0 and {{ day_or_category_has_changed('order_date') }}
),

described as (
    select
        moved.*,
        coalesce(products.category, 'unknown') as category,
        coalesce(orders.country_code, 'unknown') as country_code,
        coalesce(orders.source_name, 'unknown') as source_name
    from moved
    inner join orders on moved.order_id = orders.order_id
    left join products on moved.product_id = products.product_id
    {% if is_increment() %}
        where orders.order_id = any(array(select touched.order_id from moved as touched))
    {% endif %}
),

-- an order counts once for the shop, on its first line, and once for each category that it has goods of
counted as (
    select
        *,
        movement_type in ('sale', 'no goods') as is_order,
        row_number() over (partition by order_id, movement_type order by order_line_id) = 1 as is_first_line,
        row_number() over (partition by order_id, movement_type, category order by order_line_id) = 1
            as is_first_of_category
    from described
),

shop as (
    select max(shop_currency) as shop_currency from {{ ref('int_shop_currencies__rated') }}
),

final as (
    select
        -- keys
        counted.sales_date,
        counted.currency,
        counted.category,
        counted.country_code,
        counted.source_name,

        -- counts
        (count(*) filter (where counted.is_order and counted.is_first_line))::integer as orders_count,
        (count(*) filter (where counted.is_order and counted.is_first_of_category))::integer as category_orders_count,
        (count(*) filter (where counted.movement_type = 'sale' and counted.is_first_line))::integer
            as sales_orders_count,
        (count(*) filter (where counted.movement_type = 'sale' and counted.is_first_of_category))::integer
            as category_sales_orders_count,
        coalesce(sum(counted.units_count) filter (where counted.movement_type = 'sale'), 0)::integer as units_count,

        -- money the customers saw
        sum(counted.gross_sales_amount)::numeric(18, 3) as gross_sales_amount,
        sum(counted.discounts_amount)::numeric(18, 3) as discounts_amount,
        sum(counted.returns_amount)::numeric(18, 3) as returns_amount,
        sum(counted.cancellations_amount)::numeric(18, 3) as cancellations_amount,
        sum(
            counted.gross_sales_amount - counted.discounts_amount - counted.returns_amount
            - counted.cancellations_amount
        )::numeric(18, 3) as net_sales_amount,

        -- the same in the shop's currency
        max(shop.shop_currency) as shop_currency,
        sum(counted.gross_sales_shop_amount)::numeric(18, 3) as gross_sales_shop_amount,
        sum(counted.discounts_shop_amount)::numeric(18, 3) as discounts_shop_amount,
        sum(counted.returns_shop_amount)::numeric(18, 3) as returns_shop_amount,
        sum(counted.cancellations_shop_amount)::numeric(18, 3) as cancellations_shop_amount,
        sum(
            counted.gross_sales_shop_amount - counted.discounts_shop_amount - counted.returns_shop_amount
            - counted.cancellations_shop_amount
        )::numeric(18, 3) as net_sales_shop_amount
    from counted
    cross join shop
    group by counted.sales_date, counted.currency, counted.category, counted.country_code, counted.source_name
)

{{ as_contracted('final') }}
