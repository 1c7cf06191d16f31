{{
    config(
        materialized='incremental',
        pre_hook="{{ forget_rows(product_day_has_changed(
            'product_id', 'activity_date',
            products_described_otherwise(['title', 'brand', 'category', 'department', 'abc_class'])
        )) }}",
        post_hook="{{ forget_the_rest_of_days('activity_date') }}"
    )
}}
{% set renamed = products_described_otherwise(['title', 'brand', 'category', 'department', 'abc_class']) %}

with products as (
    select * from {{ ref('dim_products') }}
),

product_days as (
    select * from {{ ref('int_product_events__counted') }}
    where product_id <> 'unknown' and {{ product_day_has_changed('product_id', 'event_date', renamed) }}
),

unknown_interactions as (
    select * from {{ ref('fct_product_interactions') }}
    where not is_bot and not is_repeat and (not is_known_product or product_id = 'unknown')
),

sales as (
    select * from {{ ref('int_product_sales__counted') }}
    where {{ product_day_has_changed('product_id', 'sales_date', renamed) }}
),

behaviour as (
    select
        product_days.product_id,
        product_days.event_date as activity_date,
        product_days.views_count,
        product_days.carts_count,
        product_days.purchases_count,
        product_days.viewing_sessions_count,
        product_days.carting_sessions_count,
        product_days.buying_sessions_count,
        product_days.landed_at
    from product_days
    inner join products on product_days.product_id = products.product_id
    union all
    -- counted together: a visit that saw two unknown products is one visit
    select
        'unknown' as product_id,
        interaction_date as activity_date,
        count(*) filter (where interaction_type = 'view') as views_count,
        count(*) filter (where interaction_type = 'cart') as carts_count,
        count(*) filter (where interaction_type = 'purchase') as purchases_count,
        count(distinct session_id) filter (where interaction_type = 'view') as viewing_sessions_count,
        count(distinct session_id) filter (where interaction_type = 'cart') as carting_sessions_count,
        count(distinct session_id) filter (where interaction_type = 'purchase') as buying_sessions_count,
        max(landed_at) as landed_at
    from unknown_interactions
    group by interaction_date
),

active_days as (
    select
        product_id,
        activity_date
    from behaviour
    union
    select
        product_id,
        sales_date as activity_date
    from sales
),

final as (
    select
        -- keys
        active_days.product_id,
        active_days.activity_date,

        -- what it is
        products.title,
        products.brand,
        products.category,
        products.department,

        -- behaviour, without bots
        coalesce(behaviour.views_count, 0)::integer as views_count,
        coalesce(behaviour.carts_count, 0)::integer as carts_count,
        coalesce(behaviour.purchases_count, 0)::integer as purchases_count,
        coalesce(behaviour.viewing_sessions_count, 0)::integer as viewing_sessions_count,
        coalesce(behaviour.carting_sessions_count, 0)::integer as carting_sessions_count,
        coalesce(behaviour.buying_sessions_count, 0)::integer as buying_sessions_count,

        -- sales as the shop records them
        coalesce(sales.orders_count, 0)::integer as orders_count,
        coalesce(sales.units_count, 0)::integer as units_count,
        coalesce(sales.returned_units_count, 0)::integer as returned_units_count,
        sales.shop_currency,
        coalesce(sales.gross_sales_shop_amount, 0) as gross_sales_shop_amount,
        coalesce(sales.discounts_shop_amount, 0) as discounts_shop_amount,
        coalesce(sales.returns_shop_amount, 0) as returns_shop_amount,
        coalesce(sales.cancellations_shop_amount, 0) as cancellations_shop_amount,
        coalesce(
            sales.gross_sales_shop_amount - sales.discounts_shop_amount
            - sales.returns_shop_amount - sales.cancellations_shop_amount, 0
        ) as net_sales_shop_amount,
        sales.cost_shop_amount,
        sales.margin_shop_amount,

        -- as the product ranks today, the same on all its days
        products.abc_class,

        behaviour.landed_at
    from active_days
    left join products on active_days.product_id = products.product_id
    left join behaviour
        on active_days.product_id = behaviour.product_id and active_days.activity_date = behaviour.activity_date
    left join sales
        on active_days.product_id = sales.product_id and active_days.activity_date = sales.sales_date
)

{{ as_contracted('final') }}
