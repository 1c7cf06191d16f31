with source as (
    {{ newest_rows('raw_magento', 'products') }}
),

categories as (
    {{ newest_rows('raw_magento', 'categories') }}
),

attributes as (
    {{ newest_rows('raw_magento', 'product_attributes', 'attribute_id') }}
),

-- the default store view: its currency is the shop's own
store as (
    select *
    from {{ source('raw_magento', 'store_configs') }}
    order by id asc
    limit 1
),

parts as (
    select distinct (links.link #>> '{}')::bigint as child_id
    from source
    cross join lateral jsonb_path_query(source.extension_attributes, '$.configurable_product_links[*]') as links (link)
),

-- a variant that is not visible by itself is not a product of its own
products as (
    select source.*
    from source
    left join parts on source.id = parts.child_id
    where source.visibility <> 1 or parts.child_id is null
),

-- the deepest category of a product is its kind, the one below the root is its department
placed as (
    select distinct on (products.id)
        products.id as product_id,
        categories.name as category,
        departments.name as department
    from products
    cross join lateral jsonb_path_query(products.extension_attributes, '$.category_links[*]') as links (link)
    inner join categories on (links.link ->> 'category_id')::bigint = categories.id
    left join categories as departments on split_part(categories.path, '/', 3) = departments.id::text
    where categories.level > 1
    order by products.id asc, categories.level desc, (links.link ->> 'position')::integer asc, categories.id asc
),

brands as (
    select
        options.choice ->> 'value' as option_id,
        options.choice ->> 'label' as label
    from attributes
    cross join lateral jsonb_path_query(attributes.options, '$[*]') as options (choice)
    where attributes.attribute_code = 'manufacturer'
),

described as (
    select
        *,
        {{ custom_attribute('url_key') }} as url_key,
        {{ custom_attribute('description') }} as html,
        {{ custom_attribute('manufacturer') }} as manufacturer,
        {{ custom_attribute('brand') }} as brand,
        {{ custom_attribute('image') }} as image
    from products
),

final as (
    select
        -- ids
        described.id::text as product_id,
        described.url_key as handle,

        -- what it is
        described.name as title,
        nullif(trim(regexp_replace(regexp_replace(described.html, '<[^>]*>', '', 'g'), '\s+', ' ', 'g')), '')
            as description,
        coalesce(brands.label, described.brand, described.manufacturer) as brand,
        placed.category,
        placed.department,
        case when described.status = 1 then 'active' else 'draft' end as status,
        store.base_currency_code as currency,
        case
            when described.image like 'http%' then described.image
            when described.image <> 'no_selection'
                then store.secure_base_media_url || 'catalog/product' || described.image
        end as image_url,
        described.type_id = 'giftcard' as is_gift_card,
        described.status = 1 and described.visibility > 1 as is_published,

        -- times; Magento does not keep when a product was published
        null::timestamptz as published_at,
        described.created_at,
        described.updated_at,
        described._airbyte_extracted_at as extracted_at
    from described
    left join store on true
    left join placed on described.id = placed.product_id
    left join brands on described.manufacturer = brands.option_id
)

select * from final
