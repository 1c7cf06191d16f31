{{ config(indexes=[{'columns': ['order_line_id'], 'unique': true}, {'columns': ['order_id']}]) }}

with orders as (
    {{ newest_rows('raw_magento', 'orders', 'entity_id', where='created_at is not null') }}
),

products as (
    {{ newest_rows('raw_magento', 'products') }}
),

attributes as (
    {{ newest_rows('raw_magento', 'product_attributes', 'attribute_id') }}
),

-- Magento's lines do not name a brand: it is the product's brand today
brands as (
    select
        products.id::text as product_id,
        options.choice ->> 'label' as brand
    from products
    cross join attributes
    cross join lateral jsonb_path_query(attributes.options, '$[*]') as options (choice)
    where
        attributes.attribute_code = 'manufacturer'
        and options.choice ->> 'value' = {{ custom_attribute('manufacturer', 'products.custom_attributes') }}
),

items as (
    select
        orders.entity_id as order_id,
        orders._airbyte_extracted_at,
        found.item,
        found.item ->> 'item_id' as item_id,
        found.item ->> 'parent_item_id' as parent_item_id
    from orders
    cross join lateral jsonb_path_query(orders.items, '$[*]') as found (item)
),

-- A configurable product and a bundle are an item each, with the parts that were chosen below them. The price is on the
-- upper item, or where it has none on the parts; so are the tax, and the discounts of a bundle.
parts as (
    select
        parent_item_id,
        min(item ->> 'product_id') as product_id,
        sum({{ number_of('item', 'row_total') }}) as row_total,
        sum({{ number_of('item', 'base_row_total') }}) as base_row_total,
        sum({{ number_of('item', 'discount_amount') }}) as discount_amount,
        sum({{ number_of('item', 'base_discount_amount') }}) as base_discount_amount,
        sum({{ number_of('item', 'discount_tax_compensation_amount') }}) as compensation_amount,
        sum({{ number_of('item', 'base_discount_tax_compensation_amount') }}) as base_compensation_amount,
        sum({{ number_of('item', 'tax_amount') }}) as tax_amount,
        sum({{ number_of('item', 'base_tax_amount') }}) as base_tax_amount
    from items
    where parent_item_id is not null
    group by parent_item_id
),

final as (
    select
        -- ids
        items.item_id as order_line_id,
        items.order_id::text as order_id,
        items.item ->> 'product_id' as product_id,
        case
            when items.item ->> 'product_type' = 'configurable' and parts.product_id is not null then parts.product_id
            else items.item ->> 'product_id'
        end as variant_id,

        -- what it is (gift cards are of Adobe Commerce)
        case when items.item ->> 'product_type' = 'giftcard' then 'gift_card' else 'product' end as line_type,
        items.item ->> 'sku' as sku,
        items.item ->> 'name' as title,
        brands.brand,
        {{ number_of('items.item', 'qty_ordered') }}::integer as units_count,

        -- money of the complete line, except the price of one unit; all without tax
        coalesce(
            nullif({{ number_of('items.item', 'price') }}, 0),
            parts.row_total / nullif({{ number_of('items.item', 'qty_ordered') }}, 0), 0
        ) as unit_price_amount,
        coalesce(
            nullif({{ number_of('items.item', 'base_price') }}, 0),
            parts.base_row_total / nullif({{ number_of('items.item', 'qty_ordered') }}, 0), 0
        ) as unit_price_shop_amount,
        coalesce(nullif({{ number_of('items.item', 'row_total') }}, 0), parts.row_total, 0) as listed_amount,
        coalesce(nullif({{ number_of('items.item', 'base_row_total') }}, 0), parts.base_row_total, 0)
            as listed_shop_amount,
        -- a discount on prices with tax is stated with tax, and the tax in it separately
        {{ number_of('items.item', 'discount_amount') }} + coalesce(parts.discount_amount, 0)
        - {{ number_of('items.item', 'discount_tax_compensation_amount') }} - coalesce(parts.compensation_amount, 0)
            as discount_amount,
        {{ number_of('items.item', 'base_discount_amount') }} + coalesce(parts.base_discount_amount, 0)
        - {{ number_of('items.item', 'base_discount_tax_compensation_amount') }}
        - coalesce(parts.base_compensation_amount, 0) as discount_shop_amount,
        coalesce(nullif({{ number_of('items.item', 'tax_amount') }}, 0), parts.tax_amount, 0) as tax_amount,
        coalesce(nullif({{ number_of('items.item', 'base_tax_amount') }}, 0), parts.base_tax_amount, 0)
            as tax_shop_amount,
        {{ number_of('items.item', 'tax_percent') }} / 100 as tax_rate,

        -- times
        items._airbyte_extracted_at as extracted_at
    from items
    left join parts on items.item_id = parts.parent_item_id
    left join brands on items.item ->> 'product_id' = brands.product_id
    where items.parent_item_id is null
)

select * from final
