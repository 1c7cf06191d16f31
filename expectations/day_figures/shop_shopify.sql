-- The orders of a shop on Shopify, their lines and the prices of its products, with the columns that the figures are
-- counted from.
-- Deleted and test orders are included, because something landed for their days; they do not count.
create or replace temporary view shop_orders as
select
    orders.id::text as order_id,
    -- an imported order was made later than it was placed
    coalesce(orders.processed_at, orders.created_at) as created_at,
    orders._airbyte_extracted_at,
    orders.deleted_at is null and not coalesce(orders.test, false) as is_counted,
    -- tills, staff, marketplaces and subscriptions place orders that no browser tells of
    coalesce(orders.source_name, 'web') in ('web', 'mobile') as is_online,
    (orders.customer ->> 'id')::bigint as customer_id,
    coalesce(orders.shipping_address ->> 'country_code', orders.billing_address ->> 'country_code') as country_code,
    coalesce(orders.presentment_currency, orders.currency) as currency,
    (orders.total_price_set -> 'presentment_money' ->> 'amount')::numeric as total,
    (orders.total_price_set -> 'shop_money' ->> 'amount')::numeric as shop_total
from raw_shop.orders;

create or replace temporary view shop_lines as
select
    orders.id::text as order_id,
    coalesce(orders.processed_at, orders.created_at) as created_at,
    lines.line ->> 'product_id' as product_id,
    lines.line ->> 'variant_id' as variant_id,
    (lines.line ->> 'quantity')::numeric as quantity,
    (lines.line -> 'price_set' -> 'shop_money' ->> 'amount')::numeric as price,
    (
        select coalesce(sum((allocations.amount #>> '{}')::numeric), 0)
        from
            jsonb_path_query(lines.line, '$.discount_allocations[*].amount_set.shop_money.amount')
                as allocations (amount)
    ) as discount
from raw_shop.orders cross join lateral jsonb_path_query(orders.line_items, '$[*]') as lines (line)
-- prices of a currency that the shop has left cannot be compared with today's list
where orders.currency = (
        select newest.currency from raw_shop.orders as newest
        where newest.currency is not null
        order by newest.created_at desc nulls last limit 1
    );

create or replace temporary view shop_prices as
select variants.id::text as variant_id, products.product_type as category, max(variants.price) as price
from raw_shop.product_variants as variants
inner join raw_shop.products as products on variants.product_id = products.id
where products.product_type <> '' and variants.price > 0
group by variants.id, products.product_type;
