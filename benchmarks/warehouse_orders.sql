-- The orders of the shop of warehouse_shop.sql; run that file first.

-- brings raw_shop.orders from its state before day `first` to that at the end of day `last`: orders that visits report,
-- orders from tills and marketplaces (`others_a_day`), and later refunds and cancellations
create or replace function bench.land_orders(
    first int, last int, a_day int, others_a_day int, customers int, products int
) returns bigint
language plpgsql as $$
declare
    landed bigint;
begin
    create temporary table changed on commit drop as
    with placed as (
        select
            visit as number,
            started_at + steps * interval '40 seconds' as at,
            (visit / a_day)::int as day,
            customer,
            'web' as source
        from bench.visits(first - 10, last, a_day, customers)
        where buys
        union all
        select
            1000000000 + other,
            '2026-01-01 08:00Z'::timestamptz + (other / others_a_day) * interval '1 day'
            + bench.dice(other, 30) * interval '10 hours',
            (other / others_a_day)::int,
            case when bench.dice(other, 31) < 0.5 then 1 + floor(customers * power(bench.dice(other, 32), 2))::bigint end,
            case when other % 3 = 0 then 'marketplace' else 'pos' end
        from generate_series(
            greatest(first - 10, 0)::bigint * others_a_day, (last + 1)::bigint * others_a_day - 1
        ) as other
        where others_a_day > 0
    )
    select
        placed.*,
        bench.dice(number, 33) < 0.12 as is_dollar,
        case when bench.dice(number, 34) < 0.08 then day + 1 + (number % 9)::int end as refund_day,
        case when bench.dice(number, 34) > 0.98 then day + 1 end as cancel_day
    from placed;
    delete from changed
    where day < first and (refund_day between first and last or cancel_day between first and last) is not true;
    update changed set refund_day = null where refund_day > last;
    update changed set cancel_day = null where cancel_day > last;

    delete from raw_shop.orders using changed where orders.id = changed.number;
    insert into raw_shop.orders (
        _airbyte_raw_id, _airbyte_extracted_at, id, name, currency, presentment_currency, financial_status,
        fulfillment_status, cancel_reason, source_name, test, taxes_included, customer, shipping_address, discount_codes,
        line_items, refunds, total_price_set, total_discounts_set, total_tax_set, total_shipping_price_set, created_at,
        updated_at, cancelled_at
    )
    select
        'bench-' || number || '-' || last,
        '2026-01-01 00:30Z'::timestamptz + (last + 1) * interval '1 day',
        number, '#' || number, 'EUR', case when is_dollar then 'USD' else 'EUR' end, 'PAID', 'FULFILLED',
        case when cancel_day is not null then 'CUSTOMER' end, source, false, false,
        case when customer is not null then jsonb_build_object('id', customer) end,
        jsonb_build_object('country_code', case when is_dollar then 'US' else 'FR' end),
        case when is_discounted then '[{"code": "SPRING"}]'::jsonb else '[]'::jsonb end,
        lines.line_items,
        case
            when refund_day is null then '[]'::jsonb
            else jsonb_build_array(jsonb_build_object(
                'id', number * 4, 'created_at', refunded_at, 'processed_at', refunded_at,
                'refund_line_items', jsonb_build_array(jsonb_build_object(
                    'id', number * 4, 'line_item_id', number * 4, 'quantity', 1, 'restock_type', 'return',
                    'subtotal_set', bench.money(lines.first_price - lines.first_discount, is_dollar),
                    'total_tax_set', bench.money(round((lines.first_price - lines.first_discount) * 0.2, 2), is_dollar)
                ))
            ))
        end,
        bench.money(round((listed - discount) * 1.2, 2) + 5, is_dollar),
        bench.money(discount, is_dollar), bench.money(round((listed - discount) * 0.2, 2), is_dollar),
        bench.money(5, is_dollar), at, greatest(at, refunded_at, cancelled_at), cancelled_at
    from changed
    cross join lateral (select
        bench.dice(number, 35) < 0.15 as is_discounted,
        '2026-01-01 09:00Z'::timestamptz + refund_day * interval '1 day' as refunded_at,
        '2026-01-01 09:00Z'::timestamptz + cancel_day * interval '1 day' as cancelled_at
    ) as happened
    cross join lateral (
        select
            sum(price * units) as listed,
            sum(off) as discount,
            max(price) filter (where place = 1) as first_price,
            max(round(off / units, 2)) filter (where place = 1) as first_discount,
            jsonb_agg(jsonb_build_object(
                'id', line_id, 'product_id', product, 'variant_id', product + 1000000, 'sku', 'SKU-' || product,
                'title', 'Product ' || product, 'vendor', 'Brand ' || product % 40, 'quantity', units,
                'price', price::text, 'price_set', bench.money(price, is_dollar),
                'discount_allocations', case when off > 0
                then jsonb_build_array(jsonb_build_object('amount', off::text, 'amount_set', bench.money(off, is_dollar)))
                else '[]'::jsonb end,
                'tax_lines', jsonb_build_array(jsonb_build_object(
                    'rate', 0.2, 'price_set', bench.money(round((price * units - off) * 0.2, 2), is_dollar)
                ))
            )) as line_items
        from (
            select
                basket.*,
                row_number() over (order by line_id) as place,
                bench.price(product) as price,
                case when is_discounted then round(bench.price(product) * units * 0.1, 2) else 0 end as off
            from bench.basket(number, products) as basket
        ) as basket
    ) as lines;
    get diagnostics landed = row_count;
    drop table changed;
    return landed;
end
$$;
