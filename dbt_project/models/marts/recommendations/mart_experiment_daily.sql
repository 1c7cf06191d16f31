{{
    config(
        materialized='incremental', unique_key='event_date',
        post_hook="{{ forget_the_rest_of_days('event_date') }}"
    )
}}
{% set sessionized = ref('int_events__sessionized') %}
{% set exploded = ref('int_product_events__exploded') %}

with told_again as (
    select event_id from {{ exploded }}
    where interaction_type = 'purchase' and is_repeat
),

-- not materialized: it would be written aside with all its columns, which takes longer than reading it twice
events as not materialized (
    select * from {{ sessionized }}
    where
        not is_bot
        {% if is_increment() %}
            and event_date = any(array(
                {{ days_touched(sessionized) }}
                union
                -- an order that another visit turned out to have told first
                {{ days_touched(exploded, column='landed_at') }}
                {{ or_days_backfilled(sessionized) }}
            ))
        {% endif %}
),

-- visitors who were shown recommendations, by arm; one whose arm changed during the day counts in the last
assigned as (
    select distinct on (visitor_id, event_date)
        visitor_id,
        event_date,
        recommendation_arm as arm
    from events
    where event_name = 'Recommendations Viewed' and recommendation_arm in ('treatment', 'control')
    order by visitor_id asc, event_date asc, occurred_at desc, event_id desc
),

done as (
    select
        assigned.visitor_id,
        assigned.event_date,
        assigned.arm,
        max(events.run_landed_at) as landed_at,
        count(*) filter (where events.event_name = 'Recommendations Viewed') as lists_shown_count,
        bool_or(events.event_name = 'Product Clicked' and events.recommendation_slot is not null) as has_clicked,
        bool_or(events.event_name = 'Product Added') as has_put_into_cart,
        bool_or(
            events.event_name = 'Order Completed'
            and events.event_id not in (select told_again.event_id from told_again)
        ) as has_bought
    from assigned
    inner join events on assigned.visitor_id = events.visitor_id and assigned.event_date = events.event_date
    group by assigned.visitor_id, assigned.event_date, assigned.arm
),

final as (
    select
        -- keys
        event_date,
        arm,

        -- visitors, each once a day
        count(*)::integer as visitors_count,
        (count(*) filter (where has_clicked))::integer as clicking_visitors_count,
        (count(*) filter (where has_put_into_cart))::integer as adding_visitors_count,
        (count(*) filter (where has_bought))::integer as buying_visitors_count,

        -- lists
        sum(lists_shown_count)::integer as lists_shown_count,

        -- times
        max(landed_at) as landed_at
    from done
    group by event_date, arm
)

select * from final
