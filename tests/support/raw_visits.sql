-- Who visited the shop, from raw events and raw_sales.sql's orders, for the tests: events and visits, as temporary tables. The
-- session's time zone is the shop's.

create temporary table events as
select
    raw.event_id,
    coalesce(known.customer_pseudonym, raw.anonymous_id) as visitor,
    coalesce(raw.event_name, case when raw.event_type = 'page' then 'Page Viewed' end) as name,
    raw.product_id,
    raw.properties,
    raw.is_bot,
    raw.is_late,
    raw.kafka_offset as sent,
    case when raw.time_flag in ('future', 'implausible') then raw.received_at else least(raw.occurred_at, raw.received_at) end
        as at,
    left(raw.context #>> '{page,path}', 200) as page,
    coalesce(raw.context #>> '{device,type}', 'unknown') as device_type,
    -- as this shop's links and pages are; no payment or sign-in page of another host is among them
    case
        when raw.context #>> '{campaign,medium}' = 'email' then 'Email'
        when raw.context #>> '{campaign,medium}' = 'affiliate' then 'Affiliates'
        when raw.context #>> '{campaign,medium}' in ('cpc', 'paid-social') then 'Paid Other'
        when nullif(raw.context #>> '{page,referrer}', '') !~ '^https://shop\.example/' then 'Referral'
        else 'Direct'
    end as channel
from raw_clickstream.events as raw
left join pii.click_pseudonyms as known on raw.anonymous_id = known.click_pseudonym
where raw.event_type <> 'withdrawal' and raw.event_name is distinct from 'Order Refunded';

-- a visit ends with half an hour of silence
create temporary table steps as
with paused as (
    select *, at - lag(at) over (partition by visitor order by at, sent, event_id) as silence
    from events
),

numbered as (
    select *, count(*) filter (where silence is null or silence > interval '30 minutes')
        over (partition by visitor order by at, sent, event_id) as visit_number
    from paused
)

select
    *,
    first_value(event_id) over (partition by visitor, visit_number order by at, sent, event_id) as visit
from numbered;

-- the visit that told an order first, and that the shop knows; of a person before a bot
create temporary table told as
select distinct on (properties ->> 'order_id')
    properties ->> 'order_id' as order_id,
    event_id,
    visit
from steps
where name = 'Order Completed' and properties ->> 'order_id' in (select id::text from raw_shop.orders where deleted_at is null)
order by properties ->> 'order_id', is_bot, at, event_id;

create temporary table visits as
with walked as (
    select
        visit,
        bool_or(steps.is_bot) as is_bot,
        bool_or(name = 'Product Added') as has_cart,
        string_agg(
            case name when 'Product Viewed' then 'v' when 'Product Added' then 'c' when 'Checkout Started' then 'p'
            when 'Order Completed' then case when told.event_id is not null then 'o' end end,
            '' order by at, sent, steps.event_id
        ) as path
    from steps
    left join told using (event_id, visit)
    group by visit
),

paid as (
    select told.visit, count(*) as orders, coalesce(sum(net), 0) as net
    from told
    left join (select order_id, sum(net_shop) as net from settled group by 1) as sums using (order_id)
    group by 1
)

select
    first_step.visit,
    first_step.visitor,
    first_step.at::date as day,
    first_step.device_type,
    first_step.channel,
    first_step.page,
    walked.has_cart,
    paid.orders is not null as has_order,
    coalesce(paid.net, 0) as net,
    1 + case when path like '%v%c%p%o%' then 4 when path like '%v%c%p%' then 3 when path like '%v%c%' then 2
        when path like '%v%' then 1 else 0 end as step
from walked
inner join steps as first_step on walked.visit = first_step.event_id
left join paid on walked.visit = paid.visit
where not walked.is_bot;
