-- The orders of a shop on Magento, their lines and the prices of its products, with the columns that the figures are
-- counted from.
create or replace temporary view shop_orders as
select
    orders.entity_id::text as order_id,
    orders.created_at,
    orders._airbyte_extracted_at,
    true as is_counted,
    coalesce(orders.is_placed_by_customer, true) as is_online,
    orders.customer_id,
    coalesce(nullif(orders.shipping_country_id, ''), nullif(orders.billing_country_id, '')) as country_code,
    orders.order_currency_code as currency,
    orders.grand_total as total,
    orders.base_grand_total as shop_total
from raw_shop.orders;

create or replace temporary view shop_lines as
select
    orders.entity_id::text as order_id,
    orders.created_at,
    items.item ->> 'product_id' as product_id,
    -- of a configurable product, the variant that was chosen
    coalesce(
        jsonb_path_query_first(
            orders.items,
            '$[*] ? (@.parent_item_id == $item).product_id',
            jsonb_build_object('item', items.item -> 'item_id')
        ) #>> '{}',
        items.item ->> 'product_id'
    ) as variant_id,
    (items.item ->> 'qty_ordered')::numeric as quantity,
    (items.item ->> 'base_price')::numeric as price,
    coalesce((items.item ->> 'base_discount_amount')::numeric, 0) as discount
from raw_shop.orders cross join lateral jsonb_path_query(orders.items, '$[*]') as items (item)
where items.item ->> 'parent_item_id' is null;

create or replace temporary view shop_prices as
select distinct on (products.id) products.id::text as variant_id, categories.name as category, products.price
from raw_shop.products as products
cross join lateral jsonb_path_query(products.extension_attributes, '$.category_links[*]') as links (link)
inner join raw_shop.categories as categories on (links.link ->> 'category_id')::bigint = categories.id
where products.price > 0
order by products.id asc, categories.level desc, categories.id asc;
