-- Figures of the shop's orders, by the shop's day on which they were placed. Amounts are in the shop's currency.
-- What few orders a day cannot tell (prices of a category, discounts) is told of the seven days up to the day.
with orders as materialized (
    select
        id,
        (created_at at time zone %(timezone)s) as placed_at,
        created_at,
        customer ->> 'id' as customer_id,
        coalesce(shipping_address ->> 'country_code', billing_address ->> 'country_code') as country_code,
        (total_price_set -> 'shop_money' ->> 'amount')::numeric as total,
        line_items
    from raw_shop.orders
    where deleted_at is null and not coalesce(test, false) and created_at >= %(since)s - interval '7 days'
),

dated as materialized (
    select *, placed_at::date as day, extract(hour from placed_at)::int as hour
    from orders
),

lines as materialized (
    select
        dated.id,
        dated.day,
        line ->> 'product_id' as product_id,
        line ->> 'variant_id' as variant_id,
        (line ->> 'quantity')::numeric as quantity,
        (line -> 'price_set' -> 'shop_money' ->> 'amount')::numeric as price,
        (
            select coalesce(sum((amount #>> '{}')::numeric), 0)
            from jsonb_path_query(line, '$.discount_allocations[*].amount_set.shop_money.amount') as a (amount)
        ) as discount
    from dated cross join lateral jsonb_path_query(dated.line_items, '$[*]') as l (line)
),

days as (select unnest(%(days)s) as day),

totals as (
    select days.day, count(dated.id) as n
    from days left join dated on days.day = dated.day
    group by days.day
),

baskets as (
    select id, day, sum(quantity) as units from lines group by id, day
),

contents as (
    select id, string_agg(concat_ws('x', quantity, product_id), ' ' order by product_id, quantity) as products
    from lines
    group by id
),

copies as (
    select dated.day, count(*) as n
    from dated inner join contents on dated.id = contents.id
    group by dated.day, dated.created_at, dated.customer_id, dated.total, contents.products
),

-- against the listed price, for a category's products differ more in price than a fault would show
listed as (
    select variants.id::text as variant_id, products.product_type as category, max(variants.price) as price
    from raw_shop.product_variants as variants
    inner join raw_shop.products as products on variants.product_id = products.id
    where products.product_type <> '' and variants.price > 0
    group by variants.id, products.product_type
),

final (day, figure, key, value, sample_count) as (
    select day, 'orders', '', n, n from totals
    union all
    select day, 'order_hours', hour::text, count(*)::numeric / sum(count(*)) over (partition by day),
        sum(count(*)) over (partition by day)
    from dated
    group by day, hour
    union all
    select day, 'order_value', '', percentile_cont(0.5) within group (order by ln(total)), count(*)
    from dated
    where total > 0
    group by day
    union all
    select day, 'basket_units', '', avg(units), count(*) from baskets group by day
    union all
    select day, 'orders_without_customer', '', avg((customer_id is null)::int), count(*) from dated group by day
    union all
    select day, 'orders_without_country', '', avg((country_code is null)::int), count(*) from dated group by day
    union all
    select day, 'orders_placed_twice', '', sum(n - 1) / sum(n), sum(n) from copies group by day
    union all
    select days.day, 'category_price', listed.category,
        percentile_cont(0.5) within group (order by ln(lines.price / listed.price)), count(*)
    from days
    inner join lines on lines.day between days.day - 6 and days.day and lines.price > 0
    inner join listed on lines.variant_id = listed.variant_id
    group by days.day, listed.category
    union all
    select days.day, 'discount_share', '', sum(lines.discount) / nullif(sum(lines.price * lines.quantity), 0), count(*)
    from days inner join lines on lines.day between days.day - 6 and days.day
    group by days.day
)

insert into ops.day_figures (day, figure, key, value, sample_count)
select day, figure, key, value, sample_count from final where day = any(%(days)s) and value is not null
