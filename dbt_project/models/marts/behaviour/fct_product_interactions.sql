{{
    config(
        materialized='incremental', unique_key='interaction_id',
        post_hook="{{ forget_the_rest_of_days('interaction_date') }}"
    )
}}
{% set sessionized = ref('int_events__sessionized') %}

-- not materialized: it is read by index, twice, for a few thousand rows of millions
with interactions as not materialized (
    select * from {{ ref('int_product_events__exploded') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

{% if is_increment() %}
    touched as (
        select interaction_id from interactions
        where {{ landed_since_last_build() }}
        union
        -- a click can arrive before the sync that brings its product; dim_products never loses a product it has
        select known.interaction_id
        from {{ this }} as known
        inner join products on known.product_id = products.product_id
        where not known.is_known_product
        {% if is_backfill() %}
            union
            select interaction_id from interactions
            where event_id in ({{ backfilled_events(sessionized, 'event_id') }})
        {% endif %}
    ),
{% endif %}

touched_interactions as (
    select * from interactions
    {% if is_increment() %}
        where interaction_id = any(array(select touched.interaction_id from touched))
    {% endif %}
),

final as (
    select
        -- ids
        interactions.interaction_id,
        interactions.event_id,
        interactions.session_id,
        interactions.visitor_id,
        interactions.customer_pseudonym,
        interactions.product_id,
        interactions.order_id,

        -- what it is
        interactions.interaction_type,
        interactions.units_count,
        interactions.price_amount::numeric(18, 3) as price_amount,
        interactions.currency,
        interactions.recommendation_slot,
        interactions.recommendation_rank,
        -- browsers can name products that never existed; the row is kept and flagged
        products.product_id is not null as is_known_product,
        interactions.is_bot,
        interactions.is_late,
        interactions.is_repeat,

        -- times
        interactions.occurred_at,
        interactions.event_date as interaction_date,
        interactions.landed_at
    from touched_interactions as interactions
    left join products on interactions.product_id = products.product_id
)

select * from final
