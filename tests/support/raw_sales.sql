-- What the shop sold, from the raw tables alone and written for the tests, without a look at the models: products, orders,
-- their lines and movements, as temporary tables. The session's time zone is the shop's.
-- Psycopg's parameters: the deleted product as it was last seen (its raw row holds no more than its id).

create temporary table products as
select
    id::text as product_id,
    coalesce(title, %(deleted_title)s) as title,
    coalesce(nullif(vendor, ''), %(deleted_brand)s) as brand,
    coalesce(nullif(product_type, ''), %(deleted_category)s) as category,
    deleted_at is not null as is_deleted,
    lower(status) = 'active' and published_at is not null as is_published
from raw_shop.products;

create temporary table variants as
select
    variants.id::text as variant_id,
    variants.product_id::text as product_id,
    items.cost,
    coalesce(lower(variants.inventory_policy) = 'continue', false) or not items.tracked
    or coalesce(levels.most > 0, variants.inventory_quantity > 0) as is_in_stock
from raw_shop.product_variants as variants
left join raw_shop.inventory_items as items on variants.inventory_item_id = items.id
left join (
    select
        inventory_item_id,
        max(available) as most
    from raw_shop.inventory_levels
    group by 1
) as levels on variants.inventory_item_id = levels.inventory_item_id;

-- what a unit of a book's currency is worth in the shop's today, and its digits after the point
create temporary table books as
select
    book,
    case when book = today.currency then 1 else (%(rates)s::jsonb ->> book)::numeric end as rate,
    case when today.currency = 'JPY' then 0 else 2 end as digits
from (select distinct currency as book from raw_shop.orders where deleted_at is null) as known
cross join (
    select currency from raw_shop.orders
    where deleted_at is null
    order by created_at desc, id desc
    limit 1
) as today;

create temporary table orders as
select
    id::text as order_id,
    coalesce(presentment_currency, currency) as currency,
    currency as book,
    coalesce(shipping_address ->> 'country_code', billing_address ->> 'country_code', 'unknown') as country_code,
    coalesce(source_name, 'unknown') as source_name,
    customer ->> 'id' as customer,
    coalesce(taxes_included, false) as with_tax,
    cancelled_at is not null as is_cancelled,
    coalesce(processed_at, created_at)::date as day,
    coalesce(processed_at, created_at) as placed_at,
    cancelled_at::date as cancelled_day,
    line_items,
    refunds,
    total_tip_received
from raw_shop.orders
where
    deleted_at is null and not coalesce(test, false)
    and id::text not in (select key from raw_shop.deleted_keys where stream = 'orders');

create temporary table listed as
select
    orders.order_id,
    line ->> 'id' as line_id,
    line ->> 'variant_id' as variant_id,
    coalesce(line ->> 'product_id', 'unknown') as product_id,
    line ->> 'title' as title,
    line ->> 'vendor' as vendor,
    (line ->> 'quantity')::int as units,
    side,
    case side when 'paid' then orders.currency else orders.book end as money,
    (line #>> array['price_set', place, 'amount'])::numeric * (line ->> 'quantity')::int as listed,
    coalesce((
        select sum((one #>> array['amount_set', place, 'amount'])::numeric)
        from jsonb_array_elements(line -> 'discount_allocations') as one
    ), 0) as discount,
    coalesce((
        select sum((one #>> array['price_set', place, 'amount'])::numeric)
        from jsonb_array_elements(line -> 'tax_lines') as one
    ), 0) as tax,
    coalesce((
        select sum((one ->> 'rate')::numeric) from jsonb_array_elements(line -> 'tax_lines') as one
    ), 0) as tax_rate
from orders
cross join jsonb_array_elements(orders.line_items) as line
cross join (values ('paid', 'presentment_money'), ('shop', 'shop_money')) as sides (side, place)
where
    not (line ->> 'gift_card')::boolean
    and not (
        line ->> 'product_id' is null and line ->> 'variant_id' is null
        and (
            jsonb_typeof(line -> 'tip') = 'object'
            or coalesce(orders.total_tip_received, 0) > 0
            and orders.total_tip_received
            = (line #>> '{price_set,shop_money,amount}')::numeric * (line ->> 'quantity')::int
        )
    );

-- without tax; of what contains it, in the proportion of the tax that the shop states
create temporary table priced as
select
    listed.*,
    case
        when not orders.with_tax then listed
        when discount = 0 then listed - tax
        when listed = discount then round(listed / (1 + tax_rate), case money when 'JPY' then 0 else 2 end)
        else round(listed * (listed - discount - tax) / (listed - discount), case money when 'JPY' then 0 else 2 end)
    end as gross,
    listed - discount - case when orders.with_tax then tax else 0 end as sold
from listed
inner join orders using (order_id);

create temporary table lines as
select
    paid.order_id,
    paid.line_id,
    paid.variant_id,
    paid.product_id,
    paid.title,
    paid.vendor as brand,
    paid.units,
    coalesce(products.category, 'unknown') as category,
    orders.currency,
    orders.country_code,
    orders.source_name,
    orders.customer,
    orders.is_cancelled,
    orders.day,
    orders.placed_at,
    orders.cancelled_day,
    paid.gross as gross_paid,
    paid.gross - paid.sold as discount_paid,
    round(shop.gross * books.rate, books.digits) as gross_shop,
    round(shop.gross * books.rate, books.digits) - round(shop.sold * books.rate, books.digits) as discount_shop,
    variants.cost
from priced as paid
inner join priced as shop on paid.line_id = shop.line_id and shop.side = 'shop'
inner join orders on paid.order_id = orders.order_id
inner join books on orders.book = books.book
left join products on paid.product_id = products.product_id
left join variants on paid.variant_id = variants.variant_id
where paid.side = 'paid';

create temporary table given_back as
select
    orders.order_id,
    refund ->> 'id' as refund_id,
    given ->> 'line_item_id' as line_id,
    coalesce(refund ->> 'processed_at', refund ->> 'created_at')::timestamptz::date as day,
    (given ->> 'quantity')::int as units,
    (given #>> '{subtotal_set,presentment_money,amount}')::numeric
    - case when orders.with_tax then coalesce((given #>> '{total_tax_set,presentment_money,amount}')::numeric, 0) else 0 end
        as paid,
    round((
        (given #>> '{subtotal_set,shop_money,amount}')::numeric
        - case when orders.with_tax then coalesce((given #>> '{total_tax_set,shop_money,amount}')::numeric, 0) else 0 end
    ) * books.rate, books.digits) as shop
from orders
inner join books on orders.book = books.book
cross join jsonb_array_elements(orders.refunds) as refund
cross join jsonb_array_elements(refund -> 'refund_line_items') as given
where given ->> 'line_item_id' in (select line_id from lines);

-- money without a line (goodwill, a fee kept) goes to the lines by what they were sold for; the last one gets the rest
insert into given_back
with adjusted as (
    select
        orders.order_id,
        refund ->> 'id' as refund_id,
        coalesce(refund ->> 'processed_at', refund ->> 'created_at')::timestamptz::date as day,
        side,
        case side when 'paid' then -sum((one #>> '{amount_set,presentment_money,amount}')::numeric)
        else round(-sum((one #>> '{amount_set,shop_money,amount}')::numeric) * max(books.rate), max(books.digits)) end as amount,
        case side when 'shop' then max(books.digits) when 'paid' then case orders.currency when 'JPY' then 0 else 2 end end
            as digits
    from orders
    inner join books on orders.book = books.book
    cross join jsonb_array_elements(orders.refunds) as refund
    cross join jsonb_array_elements(coalesce(refund -> 'order_adjustments', '[]')) as one
    cross join (values ('paid'), ('shop')) as sides (side)
    where one ->> 'kind' is distinct from 'shipping_refund'
    group by orders.order_id, orders.currency, refund, side
),

weighed as (
    select
        adjusted.*,
        lines.line_id,
        lines.gross_paid - lines.discount_paid as weight,
        sum(lines.gross_paid - lines.discount_paid) over of_refund as weights,
        count(*) over of_refund as lines_of_order,
        row_number() over (partition by refund_id, side order by lines.line_id) as place
    from adjusted
    inner join lines on adjusted.order_id = lines.order_id
    window of_refund as (partition by refund_id, side)
),

cut as (
    select
        *,
        trunc(amount * coalesce(weight / nullif(weights, 0), 1.0 / lines_of_order), digits) as part
    from weighed
),

shared as (
    select
        *,
        case when place < lines_of_order then part
        else amount - sum(part) over (partition by refund_id, side) + part end as given
    from cut
)

select
    order_id,
    refund_id,
    line_id,
    day,
    0 as units,
    sum(given) filter (where side = 'paid') as paid,
    sum(given) filter (where side = 'shop') as shop
from shared
group by order_id, refund_id, line_id, day
having sum(given) filter (where side = 'paid') <> 0 or sum(given) filter (where side = 'shop') <> 0;

-- a line as it stands now
create temporary table settled as
select
    lines.*,
    coalesce(back.units, 0) as units_back,
    coalesce(back.paid, 0) as back_paid,
    coalesce(back.shop, 0) as back_shop,
    case when is_cancelled then gross_paid - discount_paid - coalesce(back.paid, 0) else 0 end as cancelled_paid,
    case when is_cancelled then gross_shop - discount_shop - coalesce(back.shop, 0) else 0 end as cancelled_shop,
    case when is_cancelled then 0 else lines.units - coalesce(back.units, 0) end as kept
from lines
left join (
    select
        line_id,
        sum(units) as units,
        sum(paid) as paid,
        sum(shop) as shop
    from given_back
    group by 1
) as back using (line_id);

alter table settled add column net_shop numeric, add column net_paid numeric;
update settled set
    net_shop = gross_shop - discount_shop - back_shop - cancelled_shop,
    net_paid = gross_paid - discount_paid - back_paid - cancelled_paid;

create temporary table movements as
with moved as (
    select 'sale' as kind, day as on_day, line_id, units, gross_paid, gross_shop, discount_paid, discount_shop,
        0 as back_paid, 0 as back_shop, 0 as cancelled_paid, 0 as cancelled_shop, cost * units as cost_moved
    from settled
    union all
    select 'return', given_back.day, line_id, given_back.units, 0, 0, 0, 0, paid, shop, 0, 0, -cost * given_back.units
    from given_back
    inner join lines using (line_id)
    union all
    select 'cancellation', cancelled_day, line_id, units - units_back, 0, 0, 0, 0, 0, 0, cancelled_paid, cancelled_shop,
        -cost * (units - units_back)
    from settled
    where is_cancelled
)

select moved.*, lines.order_id, lines.product_id, lines.currency, lines.country_code, lines.source_name, lines.category
from moved
inner join lines using (line_id)
union all
-- an order of gift cards alone is an order
select 'no goods', day, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, order_id, 'unknown', currency, country_code, source_name, 'unknown'
from orders
where order_id not in (select order_id from lines);
