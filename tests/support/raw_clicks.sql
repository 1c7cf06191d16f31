-- What visitors did with products, searches and recommendations, from raw_visits.sql; for the tests.

create temporary table touches as
with named as (
    select
        event_id,
        case name when 'Product Viewed' then 'view' when 'Product Clicked' then 'click' when 'Product Added' then 'cart'
        when 'Product Removed' then 'remove' end as kind,
        product_id
    from steps
    where name in ('Product Viewed', 'Product Clicked', 'Product Added', 'Product Removed')
    union all
    select event_id, 'purchase', one ->> 'product_id'
    from steps
    cross join jsonb_array_elements(properties -> 'products') as one
    where name = 'Order Completed'
),

first_told as (
    select distinct on (properties ->> 'order_id') event_id
    from steps
    where name = 'Order Completed'
    order by properties ->> 'order_id', is_bot, at, event_id
)

select
    named.kind,
    named.product_id as named_product,
    coalesce(products.product_id, 'unknown') as product_id,
    coalesce(products.category, 'unknown') as category,
    coalesce(products.brand, 'unknown') as brand,
    steps.visit,
    steps.visitor,
    steps.at,
    steps.at::date as day,
    steps.is_late,
    steps.is_bot,
    steps.properties ->> 'order_id' as order_id,
    named.kind = 'purchase' and named.event_id not in (select event_id from first_told) as is_repeat
from named
inner join steps using (event_id)
left join products on named.product_id = products.product_id
where named.product_id is not null;

create temporary table searches as
with numbered as (
    select *, count(*) filter (where name = 'Products Searched') over (partition by visit order by at, event_id) as place
    from steps
),

asked as (
    select
        visit,
        visitor,
        place,
        is_bot,
        at::date as day,
        left(lower(trim(regexp_replace(properties ->> 'query', '\s+', ' ', 'g'))), 100) as term,
        (properties ->> 'results')::int as results
    from numbered
    where name = 'Products Searched'
),

followed as (
    select
        visit,
        place,
        bool_or(name = 'Product Clicked') as is_clicked,
        (array_agg((properties ->> 'position')::int order by at, event_id) filter (where name = 'Product Clicked'))[1]
            as first_place,
        bool_or(name = 'Order Completed' and (event_id in (select event_id from told)
            or properties ->> 'order_id' not in (select order_id from told))) as is_ordered
    from numbered
    where place > 0 and (name = 'Products Searched' or not properties ? 'recommendation')
    group by visit, place
)

select
    asked.*,
    followed.is_clicked,
    followed.first_place,
    followed.is_ordered,
    coalesce(lead(term) over (partition by visit order by place) <> term and not is_clicked, false) as is_refined,
    count(*) filter (where not asked.is_bot) over (partition by term) as of_term
from asked
inner join followed using (visit, place);

alter table searches add column said text;
update searches set said = case
    when term in (select term from searches where not is_bot group by 1 having count(distinct visitor) >= 5) then term
    else '(few visitors)' end;
delete from searches where is_bot;

create temporary table recommended as
with shown as (
    select
        event_id || '-' || place as id,
        visit,
        visitor,
        at,
        is_bot,
        one ->> 'product_id' as product_id,
        properties ->> 'slot' as recommendation_slot,
        coalesce(one ->> 'source', properties ->> 'model_version', 'unknown') as algorithm
    from steps
    cross join jsonb_array_elements(properties -> 'products') with ordinality as listed (one, place)
    where name = 'Recommendations Viewed'
),

clicked as (
    select
        event_id || '-1' as id,
        visit,
        visitor,
        at,
        is_bot,
        product_id,
        properties #>> '{recommendation,slot}' as recommendation_slot,
        properties #>> '{recommendation,model_version}' as told_algorithm
    from steps
    where name = 'Product Clicked' and properties ? 'recommendation' and product_id is not null
)

select 'show' as kind, shown.*
from shown
union all
-- a click belongs to the last list in its slot and visit that held the product
select 'click', id, visit, visitor, at, is_bot, product_id, recommendation_slot,
    coalesce((
        select algorithm from shown
        where shown.visit = clicked.visit and shown.product_id = clicked.product_id
            and shown.recommendation_slot = clicked.recommendation_slot and shown.at <= clicked.at
        order by shown.at desc, shown.id limit 1
    ), told_algorithm, 'unknown')
from clicked;

-- the last click on a product within the week before the same visitor bought it
alter table recommended add column order_id text;
with bought as (
    select distinct on (visitor, order_id, named_product) visitor, order_id, named_product, at
    from touches
    where kind = 'purchase' and not is_repeat
    order by visitor, order_id, named_product, at
),

credited as (
    select distinct on (bought.visitor, bought.order_id, bought.named_product) recommended.id, bought.order_id
    from bought
    inner join recommended
        on bought.visitor = recommended.visitor and bought.named_product = recommended.product_id
        and recommended.at <= bought.at and recommended.at > bought.at - interval '7 days'
    where recommended.kind = 'click'
    order by bought.visitor, bought.order_id, bought.named_product, recommended.at desc, recommended.id desc
)

update recommended set order_id = credited.order_id from credited where recommended.id = credited.id;
delete from recommended where is_bot;
