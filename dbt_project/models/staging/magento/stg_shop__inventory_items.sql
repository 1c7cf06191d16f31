with source as (
    {{ newest_rows('raw_magento', 'products') }}
),

store as (
    select *
    from {{ source('raw_magento', 'store_configs') }}
    order by id asc
    limit 1
),

available as (
    {{ open_sources() }}
),

products as (
    select
        source.*,
        source.extension_attributes -> 'stock_item' as stock_item,
        -- what cannot be sent has no stock, and a shop may manage none of a product
        source.type_id not in ('virtual', 'downloadable', 'giftcard')
        and coalesce((source.extension_attributes -> 'stock_item' ->> 'manage_stock')::boolean, true) as is_managed,
        coalesce(available.has_units, false) as has_units,
        {{ takes_back_orders("source.extension_attributes -> 'stock_item'", 'available.quantity') }} as has_backorders
    from source
    left join available on source.sku = available.sku
),

-- what a bundle or a group of products consists of: by option, of which each that is required needs a part in stock
parts as (
    select
        products.sku,
        options.place as option_number,
        coalesce((options.choice ->> 'required')::boolean, true) as is_required,
        links.link ->> 'sku' as part_sku
    from products
    cross join
        lateral jsonb_path_query(products.extension_attributes, '$.bundle_product_options[*]')
        with ordinality as options (choice, place)
    cross join lateral jsonb_path_query(options.choice, '$.product_links[*]') as links (link)
    where products.type_id = 'bundle'
    union all
    select
        products.sku,
        1 as option_number,
        true as is_required,
        links.link ->> 'linked_product_sku' as part_sku
    from products
    -- the column is there from the first sync that reads it
    cross join
        lateral jsonb_path_query(
            to_jsonb(products) -> 'product_links', '$[*] ? (@.link_type == "associated")'
        ) as links (link)
    where products.type_id = 'grouped'
),

options as (
    select
        parts.sku,
        parts.option_number,
        bool_or(parts.is_required) as is_required,
        bool_or(
            products.status = 1
            and (
                products.has_units
                or not products.is_managed
                or products.has_backorders
            )
        ) as is_in_stock
    from parts
    left join products on parts.part_sku = products.sku
    group by parts.sku, parts.option_number
),

composites as (
    select
        sku,
        coalesce(bool_and(is_in_stock) filter (where is_required), bool_or(is_in_stock)) as is_in_stock
    from options
    group by sku
),

final as (
    select
        -- ids: stock is kept by SKU
        products.sku as inventory_item_id,

        -- what it is
        products.sku,
        {{ custom_attribute('cost', 'products.custom_attributes') }}::numeric as unit_cost_amount,
        store.base_currency_code as currency,
        -- a bundle or a group has no units of its own: it can be bought while its parts can
        case
            when products.type_id in ('bundle', 'grouped')
                then
                    not coalesce(
                        composites.is_in_stock, (products.stock_item ->> 'is_in_stock')::boolean, true
                    )
            else products.is_managed
        end as is_tracked,

        -- times
        products.created_at,
        products.updated_at,
        products._airbyte_extracted_at as extracted_at
    from products
    left join store on true
    left join composites on products.sku = composites.sku
    where products.type_id <> 'configurable'
)

select * from final
