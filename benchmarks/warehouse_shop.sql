-- A shop of any size, generated inside Postgres: every number is a hash of what it belongs to, so that any day can be
-- generated alone and again, and the day after the history fits it. Few products, visitors and hours have most of the
-- events; one event in forty arrives one to six days late; orders are refunded or cancelled days later.
create schema if not exists bench;

-- a number in [0, 1) that depends on `n`; `salt` distinguishes the numbers drawn for the same `n`
create or replace function bench.dice(n bigint, salt int) returns double precision
language sql immutable parallel safe as $$ select (hashint8extended(n, salt) & 4294967295) / 4294967296.0::float8 $$;

create or replace function bench.product(n bigint, products int) returns bigint
language sql immutable parallel safe as $$ select 8000000 + floor(products * power(bench.dice(n, 11), 3))::bigint $$;

create or replace function bench.price(product bigint) returns numeric
language sql immutable parallel safe as $$ select round((5 + 995 * power(bench.dice(product, 20), 4))::numeric, 2) $$;

create or replace function bench.money(amount numeric, is_dollar boolean) returns jsonb
language sql immutable parallel safe as $$
    select jsonb_build_object(
        'shop_money', jsonb_build_object('amount', amount::text, 'currency_code', 'EUR'),
        'presentment_money', jsonb_build_object(
            'amount', round(amount * case when is_dollar then 1.1 else 1 end, 2)::text,
            'currency_code', case when is_dollar then 'USD' else 'EUR' end
        )
    )
$$;

-- one to four lines of an order: line id, product, units
create or replace function bench.basket(order_number bigint, products int)
returns table (line_id bigint, product bigint, units int)
language sql immutable parallel safe as $$
    select
        order_number * 4 + line,
        bench.product(order_number * 4 + line, products),
        1 + floor(3 * power(bench.dice(order_number * 4 + line, 12), 4))::int
    from generate_series(0, floor(4 * power(bench.dice(order_number, 13), 2))::int) as line
$$;

-- the visits that start on the days from first to last, `a_day` of them each; day 0 is 1 January 2026
create or replace function bench.visits(first int, last int, a_day int, customers int)
returns table (
    visit bigint, visitor bigint, started_at timestamptz, steps int, buys boolean, is_bot boolean, customer bigint,
    context jsonb
)
language sql stable parallel safe as $$
    with drawn as (
        select
            visit,
            -- three in five are here for the first time; the others came some time in the last quarter of a year
            case when bench.dice(visit, 1) < 0.6 then visit
            else greatest(0, visit - floor(90 * a_day * power(bench.dice(visit, 2), 3))::bigint) end as visitor
        from generate_series(greatest(first, 0)::bigint * a_day, (last + 1)::bigint * a_day - 1) as visit
    ),
    known as (
        select
            drawn.*,
            bench.dice(visitor, 3) < 0.04 as is_bot,
            bench.dice(visit, 4) < 0.04 and bench.dice(visitor, 3) >= 0.04 as buys,
            1 + visitor % customers as customer
        from drawn
    )
    select
        visit,
        visitor,
        '2026-01-01 00:00Z'::timestamptz + (visit / a_day) * interval '1 day'
        + (0.2 + 0.39 * (bench.dice(visit, 5) + bench.dice(visit, 6))) * interval '1 day',
        case when buys then 6 else 1 end + least(50, floor(-4.5 * ln(1 - bench.dice(visit, 7))))::int,
        buys,
        is_bot,
        case when buys or bench.dice(visitor, 8) < 0.3 then customer end,
        jsonb_build_object(
            'page', jsonb_build_object(
                'url', 'https://shop.example/c/' || floor(30 * power(bench.dice(visit, 9), 2)),
                'path', '/c/' || floor(30 * power(bench.dice(visit, 9), 2)),
                'referrer', case when bench.dice(visit, 10) < 0.4 then 'https://www.google.com/' end
            ),
            'campaign', case when bench.dice(visit, 10) > 0.8 then jsonb_build_object(
                'source', 'newsletter-' || floor(12 * bench.dice(visit, 14)), 'medium', 'email', 'name', 'spring'
            ) end,
            'device', jsonb_build_object('type', case when bench.dice(visitor, 15) < 0.6 then 'mobile' else 'desktop' end),
            'userAgent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0',
            'locale', 'fr-FR', 'consent', jsonb_build_object('analytics', true, 'personalisation', true)
        )
    from known
$$;

-- lands what the collector received on the days from first to last, late events of earlier visits included
create or replace function bench.land_events(first int, last int, a_day int, customers int, products int) returns bigint
language plpgsql as $$
declare
    landed bigint;
    begins timestamptz := '2026-01-01 00:00Z'::timestamptz + first * interval '1 day';
    ends timestamptz := '2026-01-01 00:00Z'::timestamptz + (last + 1) * interval '1 day';
begin
    perform raw_clickstream.add_day('2026-01-01'::date + day) from generate_series(first, last) as day;
    insert into raw_clickstream.events (
        event_id, event_type, event_name, occurred_at, received_at, landed_at, anonymous_id, user_id, session_id,
        product_id, properties, context, is_late, is_bot, time_flag, schema_version, payload_hash, kafka_topic,
        kafka_partition, kafka_offset
    )
    with steps as (
        select
            visits.*,
            visit * 64 + step as event,
            step,
            started_at + (step - 1 + 0.6 * bench.dice(visit * 64 + step, 1)) * interval '40 seconds' as at,
            case
                when step = 1 then 0.99
                when buys and step = steps then 1
                when buys and step = steps - 1 then 1.1
                when buys and step = steps - 2 then 0.7
                else bench.dice(visit * 64 + step, 2)
            end as kind,
            case when bench.dice(visit * 64 + step, 3) < 0.025
            then 1 + floor(6 * bench.dice(visit * 64 + step, 16))::int else 0 end as days_late
        from bench.visits(first - 7, last, a_day, customers) as visits
        cross join lateral generate_series(1, steps) as step
    ),
    named as (
        select
            steps.*,
            bench.product(event, products) as product,
            at + days_late * interval '1 day' as received,
            case
                when kind < 0.42 then 'Product Viewed'
                when kind < 0.54 then 'Product Clicked'
                when kind < 0.61 then 'Products Searched'
                when kind < 0.67 then 'Recommendations Viewed'
                when kind < 0.73 then 'Product Added'
                when kind < 1 then null
                when kind = 1 then 'Order Completed'
                else 'Checkout Started'
            end as name
        from steps
    )
    select
        'event-' || event,
        case when name is null then 'page' else 'track' end,
        name,
        at,
        received,
        received + interval '3 minutes',
        'visitor-' || visitor,
        case when step > 1 then 'customer-' || customer end,
        'session-' || visit,
        case when name in ('Product Viewed', 'Product Clicked', 'Product Added') then product::text end,
        case name
            when 'Product Viewed' then jsonb_build_object('product_id', product::text, 'price', bench.price(product), 'currency', 'EUR')
            when 'Product Added' then jsonb_build_object('product_id', product::text, 'price', bench.price(product), 'currency', 'EUR', 'quantity', 1)
            when 'Product Clicked' then jsonb_build_object('product_id', product::text, 'position', 1 + event % 24)
            || case when bench.dice(event, 17) < 0.4 then jsonb_build_object('recommendation', jsonb_build_object(
                'slot', 'home', 'rank', 1 + event % 6, 'arm', case when visitor % 10 = 0 then 'control' else 'treatment' end
            )) else '{}' end
            when 'Products Searched' then jsonb_build_object('query', 'term ' || floor(2000 * power(bench.dice(event, 18), 3)), 'results', floor(40 * bench.dice(event, 19)))
            when 'Recommendations Viewed' then jsonb_build_object(
                'slot', 'home', 'model_version', 'm1', 'arm', case when visitor % 10 = 0 then 'control' else 'treatment' end,
                'products', (
                    select jsonb_agg(jsonb_build_object(
                        'product_id', bench.product(event * 8 + place, products)::text, 'position', place,
                        'source', case when place % 3 = 0 then 'trending' else 'personal' end
                    ))
                    from generate_series(1, 6) as place
                )
            )
            when 'Checkout Started' then jsonb_build_object('order_id', null)
            when 'Order Completed' then jsonb_build_object('order_id', visit::text, 'currency', 'EUR', 'products', (
                select jsonb_agg(jsonb_build_object(
                    'product_id', basket.product::text, 'quantity', basket.units, 'price', bench.price(basket.product)
                ))
                from bench.basket(visit, products) as basket
            ))
            else '{}'
        end,
        context,
        days_late > 0,
        is_bot,
        case when days_late > 0 then 'late' else 'on_time' end,
        1,
        md5(event::text),
        'bench',
        (visitor % 2)::int,
        event
    from named
    where received >= begins and received < ends
    order by received;  -- the order in which the lander writes: the index by landed_at is a BRIN
    get diagnostics landed = row_count;
    return landed;
end
$$;

-- the catalogue and the customers' accounts
create or replace function bench.land_catalogue(customers int, products int) returns void
language sql as $$
    insert into raw_shop.products (
        _airbyte_raw_id, _airbyte_extracted_at, id, title, handle, vendor, product_type, tags, status, price_range_v2,
        published_at, created_at, updated_at
    )
    select
        'bench', '2026-01-01', id, 'Product ' || id, 'product-' || id, 'Brand ' || id % 40, 'Category ' || id % 30,
        'department:Department ' || id % 6, 'ACTIVE',
        jsonb_build_object('min_variant_price', jsonb_build_object('amount', bench.price(id)::text, 'currency_code', 'EUR')),
        '2025-06-01', '2025-06-01', '2025-06-01'
    from generate_series(8000000, 8000000 + products - 1) as id;
    insert into raw_shop.product_variants (
        _airbyte_raw_id, _airbyte_extracted_at, id, product_id, inventory_item_id, sku, position, price,
        inventory_quantity
    )
    select 'bench', '2026-01-01', id + 1000000, id, id + 2000000, 'SKU-' || id, 1, bench.price(id), id % 90
    from generate_series(8000000, 8000000 + products - 1) as id;
    insert into raw_shop.inventory_items (
        _airbyte_raw_id, _airbyte_extracted_at, id, sku, cost, currency_code, tracked
    )
    select 'bench', '2026-01-01', id + 2000000, 'SKU-' || id, round(bench.price(id) * 0.7, 2), 'EUR', true
    from generate_series(8000000, 8000000 + products - 1) as id;
    insert into raw_shop.customers (
        _airbyte_raw_id, _airbyte_extracted_at, id, default_address, email_marketing_consent, created_at, updated_at
    )
    select 'bench', '2026-01-01', id, '{"country_code": "FR"}', '{"state": "SUBSCRIBED"}', '2025-06-01', '2025-06-01'
    from generate_series(1, customers) as id;
    insert into pii.customer_pseudonyms (customer_id, customer_pseudonym)
    select id, 'customer-' || id from generate_series(1, customers) as id;
$$;
