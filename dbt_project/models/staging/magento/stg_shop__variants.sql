with source as (
    {{ newest_rows('raw_magento', 'products') }}
),

open_sources as (
    {{ open_sources() }}
),

-- of a child with several parents the newest parent counts: an order names the child, whatever its parent
parts as (
    select distinct on ((links.link #>> '{}')::bigint)
        source.id as product_id,
        (links.link #>> '{}')::bigint as child_id,
        links.place
    from source
    cross join
        lateral jsonb_path_query(source.extension_attributes, '$.configurable_product_links[*]')
        with ordinality as links (link, place)
    order by (links.link #>> '{}')::bigint asc, source.id desc
),

priced as (
    select
        *,
        {{ custom_attribute('special_price') }}::numeric as special_price,
        -- these dates are the shop's days
        {{ magento_date(custom_attribute('special_from_date')) }} as special_from,
        {{ magento_date(custom_attribute('special_to_date')) }} as special_to
    from source
    -- what is sold of a configurable product are its children
    where type_id <> 'configurable'
),

reduced as (
    select
        *,
        coalesce(
            special_price < price
            and coalesce(special_from <= {{ shop_date('now()') }}, true)
            and coalesce(special_to >= {{ shop_date('now()') }}, true), false
        ) as is_reduced
    from priced
),

final as (
    select
        -- ids; a product without variants is its own
        reduced.id::text as variant_id,
        case when reduced.visibility = 1 then coalesce(parts.product_id, reduced.id) else reduced.id end::text
            as product_id,
        reduced.sku as inventory_item_id,

        -- what it is
        reduced.sku,
        coalesce(
            {{ custom_attribute('ean', 'reduced.custom_attributes') }},
            {{ custom_attribute('gtin', 'reduced.custom_attributes') }},
            {{ custom_attribute('barcode', 'reduced.custom_attributes') }}
        ) as barcode,
        coalesce(parts.place, 1) as variant_position,
        case when reduced.is_reduced then reduced.special_price else reduced.price end as price_amount,
        case when reduced.is_reduced then reduced.price end as compare_at_amount,
        {{ group_price_lists('reduced.tier_prices') }} as price_lists,
        -- stock is kept per source
        null::bigint as reported_stock_count,
        {{ takes_back_orders("reduced.extension_attributes -> 'stock_item'", 'open_sources.quantity') }}
            as has_backorders,

        -- times
        reduced.created_at,
        reduced.updated_at,
        reduced._airbyte_extracted_at as extracted_at
    from reduced
    left join parts on reduced.id = parts.child_id
    left join open_sources on reduced.sku = open_sources.sku
)

select * from final
