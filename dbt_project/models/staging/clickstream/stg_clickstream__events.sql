{{
    config(
        materialized='incremental', unique_key='event_id',
        indexes=[{'columns': ['event_id']}, {'columns': ['visitor_id']}, {'columns': ['landed_at']}]
    )
}}

with source as (
    select * from {{ source('raw_clickstream', 'events') }}
    {% if is_increment() %}
        where {{ landed_since_last_build() }}
    {% endif %}
),

renamed as (
    select
        -- ids
        event_id,
        anonymous_id as visitor_id,
        user_id as customer_pseudonym,
        session_id as client_session_id,
        product_id,
        properties ->> 'order_id' as order_id,

        -- what it is
        event_type,
        coalesce(event_name, case when event_type = 'page' then 'Page Viewed' end) as event_name,
        properties ->> 'query' as search_query,
        {{ number_or_null("properties ->> 'results'") }} as results_count,
        properties ->> 'category' as category,
        {{ number_or_null("properties ->> 'quantity'") }} as quantity,
        {{ number_or_null("properties ->> 'price'") }} as price_amount,
        {{ number_or_null("properties ->> 'position'") }} as list_position,
        properties ->> 'currency' as currency,
        case when jsonb_typeof(properties -> 'products') = 'array' then properties -> 'products' end as products,
        -- a click names the recommendation it follows; a list that is shown names itself
        case
            when event_name = 'Recommendations Viewed' then properties ->> 'slot'
            else properties -> 'recommendation' ->> 'slot'
        end as recommendation_slot,
        {{ number_or_null("properties -> 'recommendation' ->> 'rank'") }} as recommendation_rank,
        case
            when event_name = 'Recommendations Viewed' then properties ->> 'model_version'
            else properties -> 'recommendation' ->> 'model_version'
        end as recommendation_model_version,
        case
            when event_name = 'Recommendations Viewed' then properties ->> 'arm'
            else properties -> 'recommendation' ->> 'arm'
        end as recommendation_arm,

        -- where it came from
        context -> 'page' ->> 'path' as page_path,
        lower(substring(context -> 'page' ->> 'url' from '^[a-zA-Z]+://([^/:?#]+)')) as page_host,
        lower(substring(context -> 'page' ->> 'referrer' from '^[a-zA-Z]+://([^/:?#]+)')) as referrer_host,
        context -> 'campaign' ->> 'source' as campaign_source,
        context -> 'campaign' ->> 'medium' as campaign_medium,
        context -> 'campaign' ->> 'name' as campaign_name,
        coalesce(context -> 'device' ->> 'type', 'unknown') as device_type,
        context ->> 'locale' as locale,
        is_late,
        is_bot,
        time_flag,

        -- times: nothing happens after it was received, and a clock that is years off is ignored
        case
            when time_flag in ('future', 'implausible') then received_at
            else least(occurred_at, received_at)
        end as occurred_at,
        received_at,
        landed_at
    from source
    where event_type <> 'withdrawal'  -- a no is nothing that a visitor did in the shop
),

final as (
    select
        *,
        {{ shop_date('occurred_at') }} as event_date
    from renamed
)

select * from final
