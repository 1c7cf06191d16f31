-- not materialized: the newest day is read by index
with counted_days as not materialized (
    select * from {{ ref('int_baskets__counted') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

newest as (
    select max(order_date) as order_date from counted_days
),

counted as (
    select
        counted_days.product_id,
        counted_days.other_product_id,
        -- of a bigint the sum is numeric, and slow
        sum(counted_days.orders_count::integer) as orders_count
    from counted_days
    cross join newest
    where counted_days.order_date > newest.order_date - {{ var('basket_days') }}
    group by counted_days.product_id, counted_days.other_product_id
),

-- an aggregate, so that Postgres knows it is one row
totals as (
    select max(orders_count) as baskets_count from counted
    where product_id = 'any'
),

singles as (
    select
        product_id,
        orders_count
    from counted
    where product_id = other_product_id and product_id <> 'any'
),

-- one seen once says nothing
pairs_in_order as (
    select * from counted
    where product_id <> other_product_id and orders_count >= 2
),

pairs as (
    select * from pairs_in_order
    union all
    select
        other_product_id as product_id,
        product_id as other_product_id,
        orders_count
    from pairs_in_order
),

final as (
    select
        -- keys
        pairs.product_id,
        pairs.other_product_id,

        -- what they are
        products.title,
        products.category,
        other_products.title as other_title,
        other_products.category as other_category,

        -- counts
        pairs.orders_count::integer as orders_count,
        singles.orders_count::integer as product_orders_count,
        other_singles.orders_count::integer as other_product_orders_count,
        totals.baskets_count::integer as baskets_count,

        -- Agrawal, Imielinski and Swami (1993); lift: Brin et al. (1997)
        {{ ratio('pairs.orders_count', 'totals.baskets_count') }} as support,
        {{ ratio('pairs.orders_count', 'singles.orders_count') }} as confidence,
        round(
            pairs.orders_count::numeric * totals.baskets_count
            / (singles.orders_count * other_singles.orders_count), 6
        ) as lift
    from pairs
    cross join totals
    inner join singles on pairs.product_id = singles.product_id
    inner join singles as other_singles on pairs.other_product_id = other_singles.product_id
    left join products on pairs.product_id = products.product_id
    left join products as other_products on pairs.other_product_id = other_products.product_id
)

select * from final
