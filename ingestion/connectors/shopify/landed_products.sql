-- One row per Shopify product of which something landed after `since`: what its card shows, as raw has it now, or as
-- the shop's webhooks say that it became later (ops.shop_webhooks, whose payloads have the names of raw's columns).
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

told as (
    select
        key::bigint as product_id,
        payload,
        changed_at,
        received_at
    from ops.shop_webhooks
    where kind = 'product'
),

told_deleted as (
    select
        key::bigint as product_id,
        received_at
    from ops.shop_webhooks
    where kind = 'deleted_product'
),

told_levels as (
    select
        split_part(key, '|', 1)::bigint as inventory_item_id,
        split_part(key, '|', 2)::bigint as location_id,
        (payload ->> 'available')::integer as available_count,
        changed_at,
        received_at
    from ops.shop_webhooks
    where kind = 'inventory_level'
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
    union all
    select
        told.product_id,
        told.received_at as landed_at
    from told
    cross join bounds
    where told.received_at > bounds.since
    union all
    select
        told_deleted.product_id,
        told_deleted.received_at as landed_at
    from told_deleted
    cross join bounds
    where told_deleted.received_at > bounds.since
    union all
    select
        variants.product_id,
        told_levels.received_at as landed_at
    from told_levels
    inner join raw_shop.product_variants as variants on told_levels.inventory_item_id = variants.inventory_item_id
    cross join bounds
    where told_levels.received_at > bounds.since
),

affected as (
    select
        product_id,
        max(landed_at) as landed_at
    from changed
    where product_id is not null
    group by product_id
),

raw_products as (
    select distinct on (products.id) products.*
    from raw_shop.products
    inner join affected on products.id = affected.product_id
    order by products.id asc, products._airbyte_extracted_at desc
),

products as (
    select
        affected.product_id as id,
        affected.landed_at,
        told.payload as told,
        merged.*
    from affected
    left join raw_products on affected.product_id = raw_products.id
    left join told
        on
            affected.product_id = told.product_id
            and (
                raw_products.id is null
                or told.changed_at > coalesce(raw_products.updated_at, raw_products._airbyte_extracted_at)
            )
    cross join
        lateral jsonb_to_record(
            coalesce(to_jsonb(raw_products), '{}'::jsonb) || coalesce(told.payload, '{}'::jsonb)
        )
            as merged (
                title text,
                description text,
                vendor text,
                product_type text,
                tags text,
                status text,
                price_range_v2 jsonb,
                featured_image jsonb,
                image jsonb,
                published_at timestamptz,
                created_at timestamptz,
                updated_at timestamptz,
                deleted_at timestamptz
            )
    where raw_products.id is not null or told.product_id is not null
),

raw_variants as (
    select distinct on (variants.id) variants.*
    from raw_shop.product_variants as variants
    inner join affected on variants.product_id = affected.product_id
    left join deleted on variants.id::text = deleted.key and deleted.stream = 'product_variants'
    where deleted.key is null
    order by variants.id asc, variants._airbyte_extracted_at desc
),

told_variants as (
    select
        products.id as product_id,
        (listed.payload ->> 'id')::bigint as variant_id,
        listed.payload
    from products
    cross join lateral jsonb_array_elements(products.told -> 'variants') as listed (payload)
),

variants as (
    select
        merged.*,
        coalesce(raw_variants.product_id, told_variants.product_id) as product_id
    from raw_variants
    full join told_variants on raw_variants.id = told_variants.variant_id
    left join products on raw_variants.product_id = products.id
    cross join
        lateral jsonb_to_record(
            coalesce(to_jsonb(raw_variants), '{}'::jsonb) || coalesce(told_variants.payload, '{}'::jsonb)
        )
            as merged (
                id bigint, inventory_item_id bigint, sku text, barcode text, position bigint, price numeric,
                compare_at_price text, inventory_policy text, inventory_quantity bigint, presentment_prices jsonb
            )
    where told_variants.variant_id is not null or not coalesce((products.told -> 'has_all_variants')::boolean, false)
),

every_level as (
    select
        levels.inventory_item_id,
        levels.location_id,
        coalesce(
            (jsonb_path_query_first(levels.quantities, '$[*] ? (@.name == "available").quantity') #>> '{}')::integer,
            levels.available::integer
        ) as available_count,
        coalesce(levels.updated_at, levels._airbyte_extracted_at) as changed_at,
        levels._airbyte_extracted_at as landed_at
    from raw_shop.inventory_levels as levels
    inner join variants on levels.inventory_item_id = variants.inventory_item_id
    union all
    select
        told_levels.inventory_item_id,
        told_levels.location_id,
        told_levels.available_count,
        told_levels.changed_at,
        told_levels.received_at as landed_at
    from told_levels
    inner join variants on told_levels.inventory_item_id = variants.inventory_item_id
),

levels as (
    select distinct on (inventory_item_id, location_id) *
    from every_level
    order by inventory_item_id asc, location_id asc, changed_at desc, landed_at desc
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
        nullif(compare_at_price, '')::numeric as compare_at_price,
        (
            select
                coalesce(
                    jsonb_object_agg(
                        listed.pair -> 'price' ->> 'currency_code',
                        jsonb_build_object(
                            'currency', listed.pair -> 'price' ->> 'currency_code',
                            'price', (listed.pair -> 'price' ->> 'amount')::numeric,
                            'compare_at_price', (listed.pair -> 'compare_at_price' ->> 'amount')::numeric
                        )
                    ), '{}'
                )
            from jsonb_path_query(stocked.presentment_prices, '$[*]') as listed (pair)
            where
                listed.pair -> 'price' ->> 'currency_code' is not null
                and (listed.pair -> 'price' ->> 'amount')::numeric >= 0
        ) as price_lists
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
        -- a webhook names none; a shop has one
        coalesce(
            products.price_range_v2 -> 'min_variant_price' ->> 'currency_code',
            (
                select any_product.price_range_v2 -> 'min_variant_price' ->> 'currency_code'
                from raw_shop.products as any_product
                order by any_product.id
                limit 1
            )
        ) as currency,
        coalesce(products.featured_image ->> 'url', products.image ->> 'src') as image_url,
        shown.price as price_amount,
        shown.compare_at_price as compare_at_amount,
        coalesce(shown.price_lists, '{}'::jsonb) as price_lists,
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
            and told_deleted.product_id is null
        ) as is_published,
        extract(epoch from products.landed_at)::float8 as landed_epoch
    from products
    left join shown on products.id = shown.product_id
    left join listed on products.id = listed.product_id
    left join deleted on products.id::text = deleted.key and deleted.stream = 'products'
    left join told_deleted on products.id = told_deleted.product_id
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
    price_lists,
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
