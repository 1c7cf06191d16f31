-- Figures of the shop's orders, by the shop's day on which they were placed. Amounts are in the shop's currency.
-- Figures that need more orders than a day has (prices of a category, discounts) cover the seven days up to the day.
with orders as materialized (
    select
        order_id as id,
        (created_at at time zone %(timezone)s) as placed_at,
        created_at,
        customer_id,
        country_code,
        shop_total as total
    from shop_orders
    where is_counted and created_at >= %(since)s - interval '7 days'
),

dated as materialized (
    select *, placed_at::date as day, extract(hour from placed_at)::int as hour
    from orders
),

lines as materialized (
    select
        dated.id,
        dated.day,
        shop_lines.product_id,
        shop_lines.variant_id,
        shop_lines.quantity,
        shop_lines.price,
        shop_lines.discount
    from dated inner join shop_lines on dated.id = shop_lines.order_id
    where shop_lines.created_at >= %(since)s - interval '7 days'
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

-- compared with the listed price: the products of a category differ more in price than a fault would show
listed as (
    select * from shop_prices
),

final (day, figure, key, value, sample_count) as (
    select day, 'orders', '', n as value, n as sample_count from totals
    union all
    select
        day, 'order_hours', hour::text, count(*)::numeric / sum(count(*)) over (partition by day),
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
    select
        days.day, 'category_price', listed.category,
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
