with products as (
    select * from {{ ref('int_products__listed') }}
),

history as (
    select * from {{ ref('products_history') }}
),

order_lines as (
    select * from {{ ref('int_order_lines__settled') }}
),

ranks as (
    select * from {{ ref('int_products__ranked') }}
),

catalogue as (
    select
        product_id,
        title,
        description,
        brand,
        category,
        department,
        currency,
        price_amount,
        compare_at_amount,
        price_lists,
        unit_cost_amount,
        stock_count,
        is_in_stock,
        is_published,
        false as is_deleted,
        rating,
        rating_count,
        variants,
        attributes,
        image_url,
        created_at,
        updated_at
    from products
),

-- deleted in the shop: as the history last saw it, or as its last order line has it
last_seen as (
    select distinct on (history.product_id)
        history.product_id,
        history.title,
        history.brand,
        history.category,
        history.department,
        history.created_at
    from history
    left join products on history.product_id = products.product_id
    where products.product_id is null
    order by history.product_id asc, history.dbt_valid_from desc
),

last_sold as (
    select distinct on (order_lines.product_id)
        order_lines.product_id,
        order_lines.title,
        order_lines.brand,
        null as category,
        null as department,
        null::timestamptz as created_at
    from order_lines
    left join products on order_lines.product_id = products.product_id
    left join last_seen on order_lines.product_id = last_seen.product_id
    where
        order_lines.product_id is not null
        and products.product_id is null
        and last_seen.product_id is null
    order by order_lines.product_id asc, order_lines.ordered_at desc
),

-- lines without a product, so that no join loses their money
unknown as (
    select
        'unknown' as product_id,
        'Unknown product' as title,
        null as brand,
        null as category,
        null as department,
        null::timestamptz as created_at
),

gone as (
    select * from last_seen
    union all
    select * from last_sold
    union all
    select * from unknown
),

everything as (
    select * from catalogue
    union all
    select
        product_id,
        title,
        null as description,
        brand,
        category,
        department,
        null as currency,
        null as price_amount,
        null as compare_at_amount,
        '{}'::jsonb as price_lists,
        null as unit_cost_amount,
        0 as stock_count,
        false as is_in_stock,
        false as is_published,
        true as is_deleted,
        null as rating,
        0 as rating_count,
        '[]'::jsonb as variants,
        '{}'::jsonb as attributes,
        null as image_url,
        created_at,
        null as updated_at
    from gone
),

final as (
    select
        everything.*,
        coalesce(ranks.abc_class, 'C') as abc_class,
        ranks.return_rate,
        ranks.stock_days
    from everything
    left join ranks on everything.product_id = ranks.product_id
)

select * from final
