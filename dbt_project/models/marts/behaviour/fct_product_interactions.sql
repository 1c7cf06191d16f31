with interactions as (
    select * from {{ ref('int_product_events__exploded') }}
),

products as (
    select * from {{ ref('dim_products') }}
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
        interactions.price_amount,
        interactions.currency,
        interactions.recommendation_slot,
        interactions.recommendation_rank,
        -- browsers can name products that never were; the row is kept and flagged
        products.product_id is not null as is_known_product,
        interactions.is_bot,
        interactions.is_late,

        -- times
        interactions.occurred_at,
        interactions.event_date as interaction_date
    from interactions
    left join products on interactions.product_id = products.product_id
)

select * from final
