{#- The index: purchases are few, and three models read those of all time. -#}
{{
    config(
        materialized='incremental', unique_key='interaction_id',
        post_hook=[
            "{{ forget_the_rest_of_days('event_date') }}",
            "{% if not is_increment() %}create index on {{ this }} (is_repeat) where interaction_type = 'purchase'{% endif %}"
        ],
        indexes=[
            {'columns': ['interaction_id'], 'unique': true}, {'columns': ['visitor_id']}, {'columns': ['event_date']},
            {'columns': ['landed_at']}
        ]
    )
}}

{% set int_events = ref('int_events__sessionized') %}

-- not materialized: it is read by index, several times, for a few thousand rows of millions
with sessionized as not materialized (
    select * from {{ int_events }}
),

-- a thank-you page that is opened again tells the order again, with an event id of its own: the first one counts, and
-- all of an order are rebuilt together, for an earlier one may land later
reports as (
    select
        event_id,
        row_number() over (partition by order_id order by is_bot, occurred_at, event_id) > 1 as is_repeat,
        max(run_landed_at) over (partition by order_id) as order_landed_at
    from sessionized
    where
        event_name = 'Order Completed' and order_id is not null
        {% if is_increment() %}
            and order_id = any(array(
                select distinct touched.order_id from sessionized as touched
                where
                    {{ visit_was_touched(int_events, alias='touched') }}
                    and touched.event_name = 'Order Completed' and touched.order_id is not null
            ))
        {% endif %}
),

-- nor is this one: it would be written aside with all its columns, which takes longer than reading it again
events as not materialized (
    select * from sessionized
    {% if is_increment() %}
        where
            {{ visit_was_touched(int_events) }}
            or event_id = any(array(select reports.event_id from reports))
    {% endif %}
),

-- one product named by the event itself
single as (
    select
        event_id,
        1 as position_in_event,
        product_id,
        case event_name
            when 'Product Viewed' then 'view'
            when 'Product Clicked' then 'click'
            when 'Product Added' then 'cart'
            when 'Product Removed' then 'remove'
        end as interaction_type,
        coalesce(quantity, 1) as units_count,
        price_amount,
        currency
    from events
    where event_name in ('Product Viewed', 'Product Clicked', 'Product Added', 'Product Removed')
),

-- every product of an order
purchased as (
    select
        events.event_id,
        products.position_in_event::integer as position_in_event,
        {{ key_text("products.product ->> 'product_id'") }} as product_id,
        'purchase' as interaction_type,
        coalesce({{ number_or_null("products.product", "quantity", least=1) }}, 1) as units_count,
        {{ number_or_null("products.product", "price") }} as price_amount,
        events.currency
    from events
    cross join lateral jsonb_array_elements(events.products) with ordinality as products (product, position_in_event)
    where events.event_name = 'Order Completed'
),

exploded as (
    select * from single
    union all
    select * from purchased
),

final as (
    select
        exploded.event_id || '-' || exploded.position_in_event as interaction_id,
        exploded.event_id,
        exploded.position_in_event,
        exploded.product_id,
        exploded.interaction_type,
        exploded.units_count::integer as units_count,
        exploded.price_amount,
        exploded.currency,
        events.session_id,
        events.visitor_id,
        events.customer_pseudonym,
        events.order_id,
        events.recommendation_slot,
        events.recommendation_rank::integer as recommendation_rank,
        events.is_bot,
        events.is_late,
        coalesce(reports.is_repeat, false) as is_repeat,
        events.occurred_at,
        events.event_date,
        greatest(events.run_landed_at, reports.order_landed_at) as landed_at
    from exploded
    inner join events on exploded.event_id = events.event_id
    left join reports on exploded.event_id = reports.event_id
    where exploded.product_id is not null
)

select * from final
