{{
    config(
        materialized='incremental', unique_key='event_id',
        post_hook="{{ forget_the_rest_of_days('event_date', only=is_in_raw('received_at')) }}",
        indexes=[{'columns': ['event_id'], 'unique': true}, {'columns': ['visitor_id']}, {'columns': ['landed_at']}]
    )
}}

with raw_events as (
    select * from {{ source('raw_clickstream', 'events') }}
    {% if is_increment() %}
        where {{ landed_since_last_build() }} {{ or_backfilled_day(shop_date(happened_at())) }}
    {% endif %}
),

-- twice, and each read once: Postgres would keep one that is read twice aside, and read raw by one process alone
customers as (
    select * from {{ source('pii', 'click_pseudonyms') }}
),

visitors as (
    select * from {{ source('pii', 'click_pseudonyms') }}
),

-- a new customer who is not mapped yet is staged by the name in clicks, and mended in the next build: it reads again
-- what landed at the end of this one. For a server's event, or an alias, the visitor is a customer
source as (
    select
        raw_events.*,
        coalesce(visitors.customer_pseudonym, raw_events.anonymous_id) as visitor_id,
        coalesce(customers.customer_pseudonym, raw_events.user_id) as customer_pseudonym,
        case
            when raw_events.event_name = 'Recommendations Viewed' then raw_events.properties
            else raw_events.properties -> 'recommendation'
        end as recommendation
    from raw_events
    left join customers on raw_events.user_id = customers.click_pseudonym
    left join visitors on raw_events.anonymous_id = visitors.click_pseudonym
),

renamed as (
    select
        -- ids
        {{ key_text('event_id') }} as event_id,
        {{ key_text('visitor_id') }} as visitor_id,
        {{ key_text('customer_pseudonym') }} as customer_pseudonym,
        {{ key_text('session_id') }} as client_session_id,
        {{ key_text('product_id') }} as product_id,
        {{ key_text("properties ->> 'order_id'") }} as order_id,

        -- what it is
        event_type,
        left(coalesce(event_name, case when event_type = 'page' then 'Page Viewed' end), 255) as event_name,
        properties ->> 'query' as search_query,
        {{ number_or_null("properties", "results") }} as results_count,
        left(properties ->> 'category', 255) as category,
        {{ number_or_null("properties", "quantity", least=1) }} as quantity,
        {{ number_or_null("properties", "price") }} as price_amount,
        {{ number_or_null("properties", "position") }} as list_position,
        left(properties ->> 'currency', 255) as currency,
        case when jsonb_typeof(properties -> 'products') = 'array' then properties -> 'products' end as products,
        -- a click names the recommendation it follows; a list that is shown names itself
        left(recommendation ->> 'slot', 255) as recommendation_slot,
        {{ number_or_null("properties -> 'recommendation'", "rank", least=1) }} as recommendation_rank,
        left(recommendation ->> 'model_version', 255) as recommendation_model_version,
        left(recommendation ->> 'arm', 255) as recommendation_arm,

        -- where it came from
        context -> 'page' ->> 'path' as page_path,
        {{ host_of("context -> 'page' ->> 'url'") }} as page_host,
        {{ host_of("context -> 'page' ->> 'referrer'") }} as referrer_host,
        left(context -> 'campaign' ->> 'source', 255) as campaign_source,
        left(context -> 'campaign' ->> 'medium', 255) as campaign_medium,
        left(context -> 'campaign' ->> 'name', 255) as campaign_name,
        {{ click_ids_of('context') }} as click_ids,
        coalesce(left(context -> 'device' ->> 'type', 255), 'unknown') as device_type,
        left(context ->> 'locale', 255) as locale,
        is_late,
        is_bot,
        time_flag,

        -- times
        {{ happened_at() }} as occurred_at,
        received_at,
        -- of events of one moment the one that was sent first
        kafka_offset as sent_position,
        landed_at
    from source
    where event_type <> 'withdrawal'  -- a no is nothing that a visitor did in the shop
),

final as (
    select
        *,
        coalesce(campaign_source, campaign_medium) is not null or click_ids is not null as is_tagged,
        {{ shop_date('occurred_at') }} as event_date
    from renamed
)

select * from final
