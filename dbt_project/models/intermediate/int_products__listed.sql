with products as (
    select * from {{ ref('stg_shop__products') }}
),

variants as (
    select * from {{ ref('int_variants__stocked') }}
),

ratings as (
    select * from {{ ref('stg_shop__product_ratings') }}
),

attributes as (
    select * from {{ ref('stg_shop__product_attributes') }}
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
        bool_or(is_in_stock) as is_in_stock,
        jsonb_agg(
            jsonb_build_object(
                'variant_id', variant_id,
                'sku', sku,
                'barcode', barcode,
                'price', price_amount,
                'is_in_stock', is_in_stock
            )
            order by variant_position, variant_id
        ) as variants
    from variants
    group by product_id
),

final as (
    select
        products.product_id,
        products.title,
        products.description,
        products.brand,
        products.category,
        products.department,
        products.status,
        coalesce(products.currency, shown_variants.unit_cost_currency) as currency,
        shown_variants.price_amount,
        shown_variants.compare_at_amount,
        coalesce(shown_variants.price_lists, '{}'::jsonb) as price_lists,
        shown_variants.unit_cost_amount,
        coalesce(stock.stock_count, 0)::integer as stock_count,
        coalesce(stock.is_in_stock, false) as is_in_stock,
        products.is_published,
        ratings.rating,
        coalesce(ratings.rating_count, 0) as rating_count,
        coalesce(stock.variants, '[]'::jsonb) as variants,
        coalesce(attributes.attributes, '{}'::jsonb) as attributes,
        products.image_url,
        products.created_at,
        products.updated_at
    from products
    left join shown_variants on products.product_id = shown_variants.product_id
    left join stock on products.product_id = stock.product_id
    left join ratings on products.product_id = ratings.product_id
    left join attributes on products.product_id = attributes.product_id
)

select * from final
