with products as (
    select * from {{ ref('stg_shopify__products') }}
),

variants as (
    select * from {{ ref('int_variants__stocked') }}
),

ratings as (
    select * from {{ ref('stg_shopify__product_ratings') }}
),

attributes as (
    select * from {{ ref('stg_shopify__product_attributes') }}
),

order_lines as (
    select * from {{ ref('int_order_lines__settled') }}
),

-- the variant a shopper sees first in a list: the cheapest
shown_variants as (
    select distinct on (product_id) *
    from variants
    order by product_id asc, price_amount asc, variant_position asc, variant_id asc
),

stock as (
    select
        product_id,
        sum(stock_count) as stock_count,
        bool_or(is_in_stock) as is_in_stock
    from variants
    group by product_id
),

catalogue as (
    select
        products.product_id,
        products.title,
        products.description,
        products.brand,
        products.category,
        products.department,
        coalesce(products.currency, shown_variants.unit_cost_currency) as currency,
        shown_variants.price_amount,
        shown_variants.compare_at_amount,
        shown_variants.unit_cost_amount,
        coalesce(stock.stock_count, 0)::integer as stock_count,
        coalesce(stock.is_in_stock, false) as is_in_stock,
        products.is_published,
        false as is_deleted,
        ratings.rating,
        coalesce(ratings.rating_count, 0) as rating_count,
        coalesce(attributes.attributes, '{}'::jsonb) as attributes,
        products.image_url,
        products.created_at,
        products.updated_at
    from products
    left join shown_variants on products.product_id = shown_variants.product_id
    left join stock on products.product_id = stock.product_id
    left join ratings on products.product_id = ratings.product_id
    left join attributes on products.product_id = attributes.product_id
),

-- sold once and gone from the shop since: known by its last order line
deleted as (
    select distinct on (order_lines.product_id)
        order_lines.product_id,
        order_lines.title,
        order_lines.brand
    from order_lines
    left join products on order_lines.product_id = products.product_id
    where order_lines.product_id is not null and products.product_id is null
    order by order_lines.product_id asc, order_lines.ordered_at desc
),

-- lines without a product, so that no join loses their money
unknown as (
    select
        'unknown' as product_id,
        'Unknown product' as title,
        null::text as brand
),

gone as (
    select * from deleted
    union all
    select * from unknown
),

final as (
    select * from catalogue
    union all
    select
        product_id,
        title,
        null as description,
        brand,
        null as category,
        null as department,
        null as currency,
        null as price_amount,
        null as compare_at_amount,
        null as unit_cost_amount,
        0 as stock_count,
        false as is_in_stock,
        false as is_published,
        true as is_deleted,
        null as rating,
        0 as rating_count,
        '{}'::jsonb as attributes,
        null as image_url,
        null as created_at,
        null as updated_at
    from gone
)

select * from final
