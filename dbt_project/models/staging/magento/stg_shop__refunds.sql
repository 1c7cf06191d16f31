{{ config(indexes=[{'columns': ['refund_id'], 'unique': true}, {'columns': ['order_id']}]) }}

with credit_memos as (
    {{ credit_memos() }}
),

orders as (
    {{ newest_rows('raw_magento', 'orders', 'entity_id', where='created_at is not null') }}
),

given_back as (
    select
        entity_id::text as refund_id,
        order_id::text as order_id,
        refunded_at,
        _airbyte_extracted_at
    from credit_memos
    -- 3: cancelled
    where state <> 3
),

-- units cancelled while the rest of the order stands are refunds, too
called_off as (
    select
        'cancelled-' || orders.entity_id as refund_id,
        orders.entity_id::text as order_id,
        coalesce(
            max({{ magento_time("found.item ->> 'updated_at'") }}), max({{ known_change('orders.updated_at') }}),
            max(orders.created_at)
        ) as refunded_at,
        max(orders._airbyte_extracted_at) as _airbyte_extracted_at
    from orders
    cross join lateral jsonb_path_query(orders.items, '$[*] ? (@.qty_canceled > 0)') as found (item)
    -- when the complete order is cancelled, what is left of it counts as its cancellation
    where orders.state <> 'canceled'
    group by orders.entity_id
),

refunds as (
    select * from given_back
    union all
    select * from called_off
),

final as (
    select
        -- ids
        refund_id,
        order_id,

        -- times
        refunded_at,
        {{ shop_date('refunded_at') }} as refund_date,
        refunded_at as processed_at,
        _airbyte_extracted_at as extracted_at
    from refunds
)

select * from final
