{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(day_has_changed('order_date')) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}",
        indexes=[{'columns': ['order_date', 'product_id', 'other_product_id'], 'unique': true}]
    )
}}

with order_lines as (
    select * from {{ ref('int_order_lines__settled') }}
    where not is_cancelled and product_id is not null and {{ day_has_changed('order_date') }}
),

-- one row per order, with its products in order, each once
baskets as (
    select
        order_id,
        order_date,
        array_agg(distinct product_id) as product_ids
    from order_lines
    group by order_id, order_date
),

-- each pair once, and each product with itself
pairs as (
    select
        baskets.order_date,
        product.product_id,
        other.product_id as other_product_id,
        count(*) as orders_count
    from baskets
    cross join lateral unnest(baskets.product_ids) with ordinality as product (product_id, place)
    cross join lateral unnest(baskets.product_ids[product.place:]) as other (product_id)
    group by baskets.order_date, product.product_id, other.product_id
),

final as (
    select
        order_date,
        product_id,
        other_product_id,
        orders_count
    from pairs
    union all
    select
        order_date,
        'any' as product_id,
        'any' as other_product_id,
        count(*) as orders_count
    from baskets
    group by order_date
)

select * from final
