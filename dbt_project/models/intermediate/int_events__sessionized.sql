{#- The index after it is built: orders are one in a hundred events, and a day looks up those of all its visitors. -#}
{{
    config(
        materialized='incremental', unique_key='event_id',
        post_hook=[
            "{{ forget_the_rest_of_days('event_date') }}",
            "{% if not is_increment() %}create index on {{ this }} (visitor_id) where event_name = 'Order Completed'{% endif %}"
        ],
        indexes=[
            {'columns': ['event_id'], 'unique': true}, {'columns': ['visitor_id', 'occurred_at']},
            {'columns': ['session_id']}, {'columns': ['run_id']}, {'columns': ['order_id']}, {'columns': ['event_date']},
            {'columns': ['landed_at']}, {'columns': ['run_landed_at']}
        ]
    )
}}

-- not materialized: it is read by index, twice, for a few thousand rows of millions
with staged as not materialized (
    select * from {{ ref('stg_clickstream__events') }}
),

{% if is_increment() %}
    landed as materialized (
        select
            event_id,
            visitor_id,
            occurred_at,
            referrer_host,
            is_tagged
        from staged
        where {{ landed_since_last_build() }} {{ or_backfilled_day('event_date') }}
    ),

    landed_referrers as (
        {{ categories_of('landed', 'referrer_host') }}
    ),

    landings as (
        select
            landed.*,
            {{ visit_pause(is_return('landed', 'landed_referrers')) }} as pause
        from landed
        left join landed_referrers on landed.referrer_host = landed_referrers.source
    ),

    -- the stretch of time within which a visitor's landings can be near what is known
    stretches as (
        select
            visitor_id,
            min(occurred_at - pause) as begins_at,
            max(occurred_at) + {{ visit_pause('true') }} as ends_at
        from landings
        group by visitor_id
    ),

    timelines as (
        select
            visitor_id,
            occurred_at,
            pause,
            null as run_id,
            null as is_return
        from landings
        union all
        select
            known.visitor_id,
            known.occurred_at,
            null as pause,
            known.run_id,
            known.is_return
        from {{ this }} as known
        inner join stretches
            on
                known.visitor_id = stretches.visitor_id
                and known.occurred_at between stretches.begins_at and stretches.ends_at
        where known.visitor_id = any(array(select distinct landings.visitor_id from landings))
    ),

    -- each event's neighbours that landed, in two passes over the visitor's time: a join of what landed with what is
    -- known compares each with each, and one visitor id may send a hundred thousand events in an hour
    neighbours as (
        select
            run_id,
            is_return,
            occurred_at,
            max(occurred_at) filter (where run_id is null) over (
                partition by visitor_id order by occurred_at
            ) as landed_before,
            min(occurred_at - pause) over (partition by visitor_id order by occurred_at desc) as reached_from
        from timelines
    ),

    -- an event that landed can only lengthen the runs near it, or join them
    near_runs as (
        select distinct run_id
        from neighbours
        where
            run_id is not null
            and (occurred_at - landed_before <= {{ visit_pause('is_return') }} or reached_from <= occurred_at)
    ),

    touched as (
        select event_id from landed
        union
        select event_id from {{ this }}
        where run_id = any(array(select near_runs.run_id from near_runs {{ or_runs_backfilled(this) }}))
    ),
{% endif %}

events as not materialized (
    select * from staged
    where
        (event_name = any(string_to_array('{{ var("after_sale_events") }}', '|'))) is not true
        {% if is_increment() %}
            and event_id = any(array(select touched.event_id from touched))
        {% endif %}
),

referrers as (
    {{ categories_of('events', 'referrer_host') }}
),

-- a visit ends after 30 minutes without an event, and not at midnight; from paying or signing in elsewhere a visitor
-- comes back to the same visit, also a while later
gaps as (
    select
        events.*,
        {{ is_return('events', 'referrers') }} as is_return,
        events.occurred_at - lag(events.occurred_at) over visits as idle_time
    from events
    left join referrers on events.referrer_host = referrers.source
    window visits as (
        partition by events.visitor_id order by events.occurred_at, events.sent_position, events.event_id
    )
),

runs as (
    select
        *,
        count(*) filter (where idle_time is null or idle_time > {{ visit_pause('is_return') }})
            over (partition by visitor_id order by occurred_at, sent_position, event_id) as run_number
    from gaps
),

-- a bot or a screen in a shop window never pauses and would be one endless visit: cut it by hours, then by events
timed as (
    select
        *,
        floor(
            extract(epoch from occurred_at - min(occurred_at) over (partition by visitor_id, run_number))
            / ({{ var('session_max_hours', 12) }} * 3600)
        ) as hours_part
    from runs
),

counted as (
    select
        *,
        (row_number() over (
            partition by visitor_id, run_number, hours_part order by occurred_at, sent_position, event_id
        ) - 1) / {{ var('session_max_events', 1000) }} as events_part
    from timed
),

final as (
    select
        event_id,
        -- the id of the visit's first event: stable, unique, and anyone can look it up
        first_value(event_id) over (
            partition by visitor_id, run_number, hours_part, events_part order by occurred_at, sent_position, event_id
        ) as session_id,
        -- a run without a pause is one visit, unless it had to be cut
        first_value(event_id) over (
            partition by visitor_id, run_number order by occurred_at, sent_position, event_id
        ) as run_id,
        visitor_id,
        hours_part + events_part > 0 as is_cut,
        customer_pseudonym,
        product_id,
        order_id,
        event_type,
        event_name,
        search_query,
        results_count,
        quantity,
        price_amount,
        list_position,
        currency,
        products,
        recommendation_slot,
        recommendation_rank,
        recommendation_model_version,
        recommendation_arm,
        page_path,
        page_host,
        referrer_host,
        campaign_source,
        campaign_medium,
        campaign_name,
        click_ids,
        is_return,
        device_type,
        locale,
        is_late,
        is_bot,
        occurred_at,
        sent_position,
        event_date,
        landed_at,
        max(landed_at) over (partition by visitor_id, run_number) as run_landed_at
    from counted
)

select * from final
