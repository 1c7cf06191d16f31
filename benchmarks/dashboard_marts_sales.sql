-- A year of marts at any size, without the layers below them: what the seven pages read. The
-- sizes are settings of the session (bench.orders, bench.sessions, bench.products, bench.days); the last day is
-- yesterday. Every number is a hash of what it belongs to (bench.dice), so that a size gives the same marts each time.

-- dbt's contracts forbid missing values; a column that no page of these reads gets its type's zero
do $$
declare
    missing record;
begin
    for missing in
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'marts' and is_nullable = 'NO' and column_default is null
    loop
        execute format(
            'alter table marts.%I alter column %I set default %s', missing.table_name, missing.column_name,
            case missing.data_type
                when 'text' then quote_literal('') when 'boolean' then 'false' when 'jsonb' then quote_literal('{}')
                when 'date' then 'current_date'
                when 'timestamp with time zone' then 'now()' else '0'
            end
        );
    end loop;
end
$$;

create view bench.catalogue as
select
    product::text as product_id,
    'Product ' || product as title,
    'Brand ' || product % 40 as brand,
    'Category ' || product % 12 as category,
    bench.price(product) as price
from generate_series(8000000, 8000000 + current_setting('bench.products')::bigint - 1) as product;

-- when order or session `n` was: each day has as many, each at an hour of its own
create function bench.moment(n bigint, salt int) returns timestamptz
language sql stable parallel safe as $$
    select
        current_date - interval '1 day' * (1 + n % current_setting('bench.days')::int)
        + interval '1 minute' * floor(1430 * bench.dice(n, salt))
$$;

-- one of the words, the first ones more often
create function bench.word(words text[], n bigint, salt int) returns text
language sql immutable parallel safe as $$
    select words[1 + floor(cardinality(words) * power(bench.dice(n, salt), 2))::int]
$$;

insert into marts.dim_products (
    product_id, title, brand, category, is_published, is_in_stock, price_amount, abc_class
)
select
    product_id,
    title,
    brand,
    category,
    true as is_published,
    true as is_in_stock,
    price as price_amount,
    'A' as abc_class
from bench.catalogue;

with orders as (
    select
        n,
        round((20 + 900 * power(bench.dice(n, 30), 3))::numeric, 2) as amount,
        bench.moment(n, 33) as ordered_at
    from generate_series(1, current_setting('bench.orders')::bigint) as n
)

insert into marts.fct_orders (
    order_id, customer_pseudonym, country_code, source_name, customer_order_number, is_first_order, lines_count,
    units_count, currency, gross_sales_amount, net_sales_amount, shop_currency, gross_sales_shop_amount,
    net_sales_shop_amount, ordered_at, order_date
)
select
    n::text as order_id,
    'c' || n % 100000 as customer_pseudonym,
    bench.word(array['FR', 'DE', 'BE', 'ES', 'IT', 'NL', 'GB', 'US'], n, 31) as country_code,
    bench.word(array['web', 'pos', 'marketplace'], n, 32) as source_name,
    1 as customer_order_number,
    n <= 100000 as is_first_order,
    2 as lines_count,
    2 as units_count,
    'EUR' as currency,
    amount as gross_sales_amount,
    amount as net_sales_amount,
    'EUR' as shop_currency,
    amount as gross_sales_shop_amount,
    amount as net_sales_shop_amount,
    ordered_at,
    ordered_at::date as order_date
from orders;

with lines as (
    select
        orders.*,
        line,
        bench.product(orders.order_id::bigint * 2 + line, current_setting('bench.products')::int)::text as product_id
    from marts.fct_orders as orders
    cross join generate_series(1, 2) as line
)

insert into marts.fct_order_lines (
    order_line_id, order_id, product_id, title, brand, units_count, kept_units_count, currency, gross_sales_amount,
    net_sales_amount, shop_currency, gross_sales_shop_amount, net_sales_shop_amount, cost_shop_amount,
    margin_shop_amount, ordered_at, order_date
)
select
    lines.order_id || '-' || lines.line as order_line_id,
    lines.order_id,
    lines.product_id,
    catalogue.title,
    catalogue.brand,
    1 as units_count,
    1 as kept_units_count,
    lines.currency,
    lines.gross_sales_amount / 2 as gross_sales_amount,
    lines.net_sales_amount / 2 as net_sales_amount,
    lines.shop_currency,
    lines.gross_sales_shop_amount / 2 as gross_sales_shop_amount,
    lines.net_sales_shop_amount / 2 as net_sales_shop_amount,
    lines.net_sales_shop_amount * 0.35 as cost_shop_amount,
    lines.net_sales_shop_amount * 0.15 as margin_shop_amount,
    lines.ordered_at,
    lines.order_date
from lines
inner join bench.catalogue as catalogue on lines.product_id = catalogue.product_id;

insert into marts.mart_daily_sales (
    sales_date, currency, shop_currency, orders_count, sales_orders_count, units_count, gross_sales_amount,
    net_sales_amount, total_sales_amount, gross_sales_shop_amount, net_sales_shop_amount, total_sales_shop_amount
)
select
    order_date as sales_date,
    currency,
    shop_currency,
    count(*) as orders_count,
    count(*) as sales_orders_count,
    sum(units_count) as units_count,
    sum(gross_sales_amount) as gross_sales_amount,
    sum(net_sales_amount) as net_sales_amount,
    sum(net_sales_amount) as total_sales_amount,
    sum(gross_sales_shop_amount) as gross_sales_shop_amount,
    sum(net_sales_shop_amount) as net_sales_shop_amount,
    sum(net_sales_shop_amount) as total_sales_shop_amount
from marts.fct_orders
group by order_date, currency, shop_currency;

insert into marts.mart_sales_breakdown (
    sales_date, currency, category, country_code, source_name, orders_count, category_orders_count, sales_orders_count,
    category_sales_orders_count, units_count, gross_sales_amount, net_sales_amount, shop_currency,
    gross_sales_shop_amount, net_sales_shop_amount
)
select
    orders.order_date as sales_date,
    orders.currency,
    catalogue.category,
    orders.country_code,
    orders.source_name,
    count(*) filter (where lines.order_line_id like '%-1') as orders_count,
    count(distinct orders.order_id) as category_orders_count,
    count(*) filter (where lines.order_line_id like '%-1') as sales_orders_count,
    count(distinct orders.order_id) as category_sales_orders_count,
    sum(lines.units_count) as units_count,
    sum(lines.gross_sales_amount) as gross_sales_amount,
    sum(lines.net_sales_amount) as net_sales_amount,
    max(orders.shop_currency) as shop_currency,
    sum(lines.gross_sales_shop_amount) as gross_sales_shop_amount,
    sum(lines.net_sales_shop_amount) as net_sales_shop_amount
from marts.fct_orders as orders
inner join marts.fct_order_lines as lines on orders.order_id = lines.order_id
inner join bench.catalogue as catalogue on lines.product_id = catalogue.product_id
group by orders.order_date, orders.currency, catalogue.category, orders.country_code, orders.source_name;

insert into marts.mart_product_performance (
    product_id, activity_date, title, brand, category, views_count, carts_count, viewing_sessions_count,
    carting_sessions_count, buying_sessions_count, units_count, shop_currency, gross_sales_shop_amount,
    net_sales_shop_amount, margin_shop_amount, abc_class
)
select
    product_id,
    current_date - day as activity_date,
    title,
    brand,
    category,
    12 as views_count,
    3 as carts_count,
    10 as viewing_sessions_count,
    3 as carting_sessions_count,
    1 as buying_sessions_count,
    1 as units_count,
    'EUR' as shop_currency,
    price as gross_sales_shop_amount,
    price as net_sales_shop_amount,
    price * 0.3 as margin_shop_amount,
    (array['A', 'B', 'C'])[1 + product_id::int % 3] as abc_class
from bench.catalogue
cross join generate_series(1, current_setting('bench.days')::int) as day;

with customers as (
    select
        customer_pseudonym,
        count(*) as orders_count,
        max(order_date) as last_order_date,
        sum(net_sales_shop_amount) as net_sales_shop_amount,
        hashtext(customer_pseudonym)::bigint as n
    from marts.fct_orders
    group by customer_pseudonym
)

insert into marts.mart_customer_rfm (
    customer_pseudonym, segment, recency_score, frequency_score, monetary_score, recency_days, orders_count,
    shop_currency, net_sales_shop_amount, last_order_date, as_of_date
)
select
    customer_pseudonym,
    bench.word(array['lost', 'about to sleep', 'new', 'promising', 'loyal', 'champions'], n, 50) as segment,
    1 + floor(5 * bench.dice(n, 51))::int as recency_score,
    1 + floor(5 * bench.dice(n, 52))::int as frequency_score,
    1 + floor(5 * bench.dice(n, 53))::int as monetary_score,
    current_date - last_order_date as recency_days,
    orders_count,
    'EUR' as shop_currency,
    net_sales_shop_amount,
    last_order_date,
    current_date as as_of_date
from customers;

insert into marts.mart_customer_value (
    customer_pseudonym, orders_count, observed_days, shop_currency, predicted_value_shop_amount, as_of_date
)
select
    customer_pseudonym,
    orders_count,
    recency_days as observed_days,
    shop_currency,
    net_sales_shop_amount / 12 as predicted_value_shop_amount,
    as_of_date
from marts.mart_customer_rfm;

insert into marts.mart_customer_cohorts (
    cohort_start_date, months_since_first, month_start_date, customers_count, active_customers_count, orders_count,
    retention_rate, shop_currency, cumulative_net_sales_shop_amount
)
select
    cohort::date as cohort_start_date,
    later as months_since_first,
    cohort::date as month_start_date,
    8000 as customers_count,
    8000 / (1 + later) as active_customers_count,
    8000 as orders_count,
    1.0 / (1 + later) as retention_rate,
    'EUR' as shop_currency,
    400000 * (1 + later) as cumulative_net_sales_shop_amount
from generate_series(date_trunc('month', current_date) - interval '11 months', current_date, '1 month') as cohort
cross join generate_series(0, 11) as later
where cohort + interval '1 month' * later <= current_date;
