-- One row per Shopify product of which something landed after `since`: what its card shows, as raw has it now.
-- The definitions are those of staging/shopify and int_products__listed, which the daily run follows with, and
-- refused_because has those of gate_raw's rules of single products (expectations/raw/shopify.py).
with bounds as (
    select coalesce(to_timestamp(%(since_epoch)s::float8), now() - %(first)s::float8 * interval '1 second') as since
),

deleted as (
    select
        stream,
        key
    from raw_shop.deleted_keys
),

changed as (
    select
        products.id as product_id,
        products._airbyte_extracted_at as landed_at
    from raw_shop.products
    cross join bounds
    where products._airbyte_extracted_at > bounds.since
    union all
    select
        variants.product_id,
        variants._airbyte_extracted_at as landed_at
    from raw_shop.product_variants as variants
    cross join bounds
    where variants._airbyte_extracted_at > bounds.since
    union all
    select
        variants.product_id,
        levels._airbyte_extracted_at as landed_at
    from raw_shop.inventory_levels as levels
    inner join raw_shop.product_variants as variants on levels.inventory_item_id = variants.inventory_item_id
    cross join bounds
    where levels._airbyte_extracted_at > bounds.since
),

affected as (
    select
        product_id,
        max(landed_at) as landed_at
    from changed
    where product_id is not null
    group by product_id
),

products as (
    select distinct on (products.id)
        products.*,
        affected.landed_at
    from raw_shop.products
    inner join affected on products.id = affected.product_id
    order by products.id asc, products._airbyte_extracted_at desc
),

variants as (
    select distinct on (variants.id) variants.*
    from raw_shop.product_variants as variants
    inner join affected on variants.product_id = affected.product_id
    left join deleted on variants.id::text = deleted.key and deleted.stream = 'product_variants'
    where deleted.key is null
    order by variants.id asc, variants._airbyte_extracted_at desc
),

levels as (
    select distinct on (levels.id)
        levels.id,
        levels.inventory_item_id,
        coalesce(
            (jsonb_path_query_first(levels.quantities, '$[*] ? (@.name == "available").quantity') #>> '{}')::integer,
            levels.available::integer
        ) as available_count
    from raw_shop.inventory_levels as levels
    inner join variants on levels.inventory_item_id = variants.inventory_item_id
    order by levels.id asc, levels._airbyte_extracted_at desc
),

stock as (
    select
        inventory_item_id,
        sum(available_count) as available_count
    from levels
    group by inventory_item_id
),

items as (
    select distinct on (items.id)
        items.id,
        coalesce(items.tracked, true) as is_tracked
    from raw_shop.inventory_items as items
    inner join variants on items.id = variants.inventory_item_id
    order by items.id asc, items._airbyte_extracted_at desc
),

stocked as (
    select
        variants.*,
        (
            coalesce(lower(variants.inventory_policy) = 'continue', false)
            or not coalesce(items.is_tracked, true)
            or coalesce(stock.available_count, variants.inventory_quantity, 0) > 0
        ) as is_in_stock
    from variants
    left join stock on variants.inventory_item_id = stock.inventory_item_id
    left join items on variants.inventory_item_id = items.id
),

shown as (
    select distinct on (product_id)
        product_id,
        price,
        nullif(compare_at_price, '')::numeric as compare_at_price
    from stocked
    order by product_id asc, price asc, position asc, id asc
),

listed as (
    select
        product_id,
        bool_or(is_in_stock) as is_in_stock,
        bool_or(price is null) as has_no_price,
        min(price) as lowest_price,
        jsonb_agg(
            jsonb_build_object(
                'variant_id', id::text, 'sku', sku, 'barcode', barcode, 'price', price, 'is_in_stock', is_in_stock
            )
            order by position, id
        ) as variants
    from stocked
    group by product_id
),

final as (
    select
        products.id::text as product_id,
        products.title,
        nullif(products.description, '') as description,
        nullif(products.vendor, '') as brand,
        nullif(products.product_type, '') as category,
        trim(substring(products.tags from '(?:^|,)\s*department:([^,]+)')) as department,
        products.price_range_v2 -> 'min_variant_price' ->> 'currency_code' as currency,
        coalesce(products.featured_image ->> 'url', products.image ->> 'src') as image_url,
        shown.price as price_amount,
        shown.compare_at_price as compare_at_amount,
        coalesce(listed.is_in_stock, false) as is_in_stock,
        coalesce(listed.variants, '[]'::jsonb) as variants,
        products.created_at,
        products.updated_at,
        listed.has_no_price,
        listed.lowest_price,
        (
            lower(products.status) = 'active'
            and products.published_at is not null
            and products.deleted_at is null
            and deleted.key is null
        ) as is_published,
        extract(epoch from products.landed_at)::float8 as landed_epoch
    from products
    left join shown on products.id = shown.product_id
    left join listed on products.id = listed.product_id
    left join deleted on products.id::text = deleted.key and deleted.stream = 'products'
)

select
    product_id,
    title,
    description,
    brand,
    category,
    department,
    currency,
    image_url,
    price_amount,
    compare_at_amount,
    is_in_stock,
    variants,
    created_at,
    updated_at,
    is_published,
    landed_epoch,
    case
        when coalesce(title, '') = '' then 'it has no title'
        when has_no_price then 'a variant has no price'
        when lowest_price < 0 then 'a variant costs ' || lowest_price
    end as refused_because
from final
