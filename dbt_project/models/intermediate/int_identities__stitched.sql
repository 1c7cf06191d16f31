{{
    config(
        materialized='incremental', unique_key='visitor_id',
        post_hook="{{ forget_the_rest_near_days('first_seen_at', 'last_seen_at') }}",
        indexes=[
            {'columns': ['visitor_id'], 'unique': true}, {'columns': ['person_id']}, {'columns': ['landed_at']}
        ]
    )
}}

-- not materialized: it is read by index, twice, for a few thousand of all visitors
with staged as not materialized (
    select * from {{ ref('stg_clickstream__events') }}
),

{% if is_increment() %}
    touched as (
        select distinct visitor_id from staged
        where {{ landed_since_last_build() }}
        {% if is_backfill() %}
            union
            select visitor_id from staged
            where {{ is_near_backfilled_days('occurred_at', 'occurred_at') }}
            union
            select visitor_id from {{ this }}
            where {{ is_near_backfilled_days('first_seen_at', 'last_seen_at') }}
        {% endif %}
    ),
{% endif %}

-- all events of each visitor with a new event: any of them may be the evidence
events as (
    select * from staged
    {% if is_increment() %}
        where visitor_id = any(array(select touched.visitor_id from touched))
    {% endif %}
),

visitors as (
    select
        visitor_id,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(*) as events_count,
        max(landed_at) as landed_at
    from events
    group by visitor_id
),

-- a bot that goes through accounts proves nothing about people
sign_ins as (
    select
        visitor_id,
        customer_pseudonym,
        count(*) as signed_in_events_count,
        max(occurred_at) as last_signed_in_at,
        min(occurred_at) as linked_at,
        (array_agg(event_id order by occurred_at, event_id))[1] as evidence_event_id,
        bool_and(event_type = 'alias') as is_alias_only
    from events
    where customer_pseudonym is not null and not is_bot
    group by visitor_id, customer_pseudonym
),

ranked as (
    select
        *,
        count(*) over (partition by visitor_id) as customers_count,
        row_number() over (
            partition by visitor_id
            order by signed_in_events_count desc, last_signed_in_at desc, customer_pseudonym asc
        ) as place
    from sign_ins
),

-- a visitor is merged into one customer at most, and two customers never into each other
reasoned as (
    select
        visitors.*,
        ranked.customer_pseudonym as nearest_customer,
        ranked.linked_at,
        ranked.evidence_event_id,
        coalesce(ranked.customers_count, 0) as customers_count,
        case
            when ranked.visitor_id is null then 'never_signed_in'
            when ranked.customers_count > {{ var('shared_device_customers', 3) }} then 'shared_device'
            when ranked.customers_count > 1 then 'signed_in_most'
            when ranked.customer_pseudonym = visitors.visitor_id then 'server_side'
            when ranked.is_alias_only then 'alias'
            else 'signed_in'
        end as merge_reason
    from visitors
    left join ranked on visitors.visitor_id = ranked.visitor_id and ranked.place = 1
),

final as (
    select
        visitor_id,
        case
            when merge_reason in ('never_signed_in', 'shared_device') then visitor_id
            else nearest_customer
        end as person_id,
        case when merge_reason not in ('never_signed_in', 'shared_device') then nearest_customer end
            as customer_pseudonym,
        merge_reason not in ('never_signed_in', 'shared_device') as is_merged,
        merge_reason,
        customers_count,
        events_count,
        evidence_event_id,
        linked_at,
        first_seen_at,
        last_seen_at,
        landed_at
    from reasoned
)

select * from final
