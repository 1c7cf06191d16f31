{{
    config(
        materialized='incremental', unique_key='recommendation_event_id',
        post_hook="{{ forget_the_rest_of_days('event_date') }}",
        indexes=[
            {'columns': ['recommendation_event_id'], 'unique': true}, {'columns': ['visitor_id']},
            {'columns': ['landed_at']}
        ]
    )
}}

{% set sessionized = ref('int_events__sessionized') %}

-- not materialized: it would be written aside with all its columns, which takes longer than reading it twice
with events as not materialized (
    select * from {{ sessionized }}
    {{ where_visit_was_touched(sessionized) }}
),

-- every product of a list that was on screen
shown as (
    select
        events.event_id || '-' || products.position_in_event as recommendation_event_id,
        'show' as recommendation_event_type,
        events.event_id,
        events.session_id,
        events.visitor_id,
        events.customer_pseudonym,
        {{ key_text("products.product ->> 'product_id'") }} as product_id,
        events.recommendation_slot,
        coalesce(
            {{ number_or_null("products.product", "position", least=1) }}, products.position_in_event
        ) as recommendation_rank,
        -- the shop's pages say for each product where it came from, other clients which model made the list
        coalesce(left(products.product ->> 'source', 255), events.recommendation_model_version, 'unknown') as algorithm,
        events.is_bot,
        events.occurred_at,
        events.event_date,
        events.run_landed_at as landed_at
    from events
    cross join lateral jsonb_array_elements(events.products) with ordinality as products (product, position_in_event)
    where events.event_name = 'Recommendations Viewed' and products.product ->> 'product_id' is not null
),

clicked as (
    select * from events
    where event_name = 'Product Clicked' and recommendation_slot is not null and product_id is not null
),

-- a click belongs to the last list in its slot and visit that held the product
origins as (
    select distinct on (clicked.event_id)
        clicked.event_id,
        shown.algorithm
    from clicked
    inner join shown
        on
            clicked.session_id = shown.session_id
            and clicked.product_id = shown.product_id
            and clicked.recommendation_slot = shown.recommendation_slot
            and clicked.occurred_at >= shown.occurred_at
    order by clicked.event_id asc, shown.occurred_at desc, shown.recommendation_event_id asc
),

clicks as (
    select
        clicked.event_id || '-1' as recommendation_event_id,
        'click' as recommendation_event_type,
        clicked.event_id,
        clicked.session_id,
        clicked.visitor_id,
        clicked.customer_pseudonym,
        clicked.product_id,
        clicked.recommendation_slot,
        clicked.recommendation_rank,
        coalesce(origins.algorithm, clicked.recommendation_model_version, 'unknown') as algorithm,
        clicked.is_bot,
        clicked.occurred_at,
        clicked.event_date,
        clicked.run_landed_at as landed_at
    from clicked
    left join origins on clicked.event_id = origins.event_id
),

both_kinds as (
    select * from shown
    union all
    select * from clicks
),

final as (
    select
        recommendation_event_id,
        recommendation_event_type,
        event_id,
        session_id,
        visitor_id,
        customer_pseudonym,
        product_id,
        coalesce(recommendation_slot, 'unknown') as recommendation_slot,
        recommendation_rank::integer as recommendation_rank,
        algorithm,
        is_bot,
        occurred_at,
        event_date,
        landed_at
    from both_kinds
)

select * from final
