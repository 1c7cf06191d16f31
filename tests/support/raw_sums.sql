-- What figures of the tests need besides raw_sales.sql, raw_visits.sql and raw_clicks.sql: customers, products on sale, dbt's runs.

create temporary table products_sold as
select movements.*, coalesce(products.brand, 'unknown') as brand, products.title
from movements left join products using (product_id);

create temporary table stocked as
select products.product_id, category, coalesce(brand, 'unknown') as brand,
    coalesce(bool_or(variants.is_in_stock), false) as is_in_stock, max(stars.rating) as rating, max(stars.ratings) as ratings
from products
left join variants using (product_id)
left join (
    select owner_id::text as product_id,
        max((value::jsonb ->> 'value')::numeric) filter (where key = 'rating') as rating,
        max(value) filter (where key = 'rating_count')::int as ratings
    from raw_shop.metafield_products group by 1
) as stars using (product_id)
where products.is_published and not is_deleted
group by 1, 2, 3;

create temporary table customers_orders as
select orders.order_id, orders.customer, orders.country_code, orders.source_name, orders.currency, orders.day,
    orders.placed_at, orders.is_cancelled, coalesce(sums.net, 0) as net,
    case when customer is not null then row_number() over (partition by customer order by placed_at, orders.order_id)
        + greatest(coalesce(people.orders_count, 0) - count(*) over (partition by customer), 0) end as place
from orders
left join (select order_id, sum(net_shop) as net from settled group by 1) as sums using (order_id)
left join raw_shop.customers as people on people.id::text = customer;

create temporary table recency as
select customer, max(day) as last_day, count(*) as orders, sum(net) as net, date_trunc('month', min(day))::date as cohort,
    (select max(day) from customers_orders where customer is not null and not is_cancelled) - max(day) as days
from customers_orders where customer is not null and not is_cancelled group by 1;

create temporary table recommended_days as
select recommended.*, at::date as day, earned.net as earned
from recommended
left join (select order_id, product_id, sum(net_shop) as net from settled group by 1, 2) as earned
    using (order_id, product_id);

create temporary table runs as
select *, started_at::date as day from ops.model_runs
where run_id <> (select run_id from ops.model_runs order by started_at desc limit 1);

create temporary table model_days as
select schema_name || '.' || model as model, day, count(*) as runs, count(*) filter (where status = 'error') as failed,
    round(sum(seconds)::numeric, 3) as seconds, round(max(seconds)::numeric, 3) as longest,
    (array_agg(megabytes order by started_at desc) filter (where megabytes is not null))[1] as megabytes
from runs group by 1, 2;

-- the best sellers of 90 days: A up to four fifths of all sales, B up to nineteen twentieths
create temporary table classes as
with sums as (
    select product_id, sum(net_shop) as net from settled
    where day > (select max(day) from settled) - 90 group by 1
), ahead as (
    select *, coalesce(sum(greatest(net, 0)) over (order by net desc, product_id rows between unbounded preceding
        and 1 preceding), 0) / sum(greatest(net, 0)) over () as before
    from sums
)
select product_id, case when net <= 0 then 'C' when before < 0.8 then 'A' when before < 0.95 then 'B' else 'C' end as class
from ahead;

create temporary table baskets as
select distinct order_id, product_id from settled
where not is_cancelled and product_id <> 'unknown'
    and day > (select max(day) from settled where not is_cancelled and product_id <> 'unknown') - 365;
