-- not materialized: it has many columns, of which three are read, twice
with order_lines as not materialized (
    select * from {{ ref('fct_order_lines') }}
    where not is_cancelled and product_id <> 'unknown'
),

products as (
    select * from {{ ref('dim_products') }}
),

newest as (
    select max(order_date) as order_date from order_lines
),

-- one row per order, with its products in order, each once
baskets as (
    select
        order_lines.order_id,
        array_agg(distinct order_lines.product_id) as product_ids
    from order_lines
    cross join newest
    where order_lines.order_date > newest.order_date - {{ var('basket_days') }}
    group by order_lines.order_id
),

totals as (
    select count(*) as baskets_count from baskets
),

singles as (
    select
        product.product_id,
        count(*) as orders_count
    from baskets
    cross join lateral unnest(baskets.product_ids) as product (product_id)
    group by product.product_id
),

-- each pair once; one seen once says nothing
pairs_in_order as (
    select
        product.product_id,
        other.product_id as other_product_id,
        count(*) as orders_count
    from baskets
    cross join lateral unnest(baskets.product_ids) with ordinality as product (product_id, place)
    cross join lateral unnest(baskets.product_ids[product.place + 1:]) as other (product_id)
    where cardinality(baskets.product_ids) > 1
    group by product.product_id, other.product_id
    having count(*) >= 2
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
