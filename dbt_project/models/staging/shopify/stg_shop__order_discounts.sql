{{
    config(
        materialized='incremental', pre_hook="{{ forget_changed_orders() }}",
        post_hook="{{ note_extraction() }}",
        indexes=[{'columns': ['order_id']}, {'columns': ['extracted_at']}]
    )
}}

with orders as (
    {{ shopify_orders() }}
),

kept as (
    select
        id,
        line_items,
        shipping_lines,
        discount_applications,
        discount_codes,
        _airbyte_extracted_at
    from orders
    where deleted_at is null
),

-- each discount's part of each line and of the delivery
allocations as (
    select
        kept.id as order_id,
        lines.line ->> 'id' as order_line_id,
        false as is_of_shipping,
        found.allocation
    from kept
    cross join lateral jsonb_path_query(kept.line_items, '$[*]') as lines (line)
    cross join lateral jsonb_path_query(lines.line, '$.discount_allocations[*]') as found (allocation)
    union all
    select
        kept.id as order_id,
        null::text as order_line_id,
        true as is_of_shipping,
        found.allocation
    from kept
    cross join lateral jsonb_path_query(kept.shipping_lines, '$[*].discount_allocations[*]') as found (allocation)
),

given as (
    select
        kept.id as order_id,
        kept._airbyte_extracted_at,
        allocations.order_line_id,
        allocations.is_of_shipping,
        kept.discount_applications
        -> coalesce((allocations.allocation ->> 'discount_application_index')::integer, 0) as application,
        kept.discount_codes -> 0 ->> 'code' as first_code,
        {{ money("allocations.allocation -> 'amount_set'", 'presentment_money') }} as amount,
        {{ money("allocations.allocation -> 'amount_set'", 'shop_money') }} as shop_amount
    from allocations
    inner join kept on allocations.order_id = kept.id
),

named as (
    select
        order_id,
        _airbyte_extracted_at,
        order_line_id,
        is_of_shipping,
        case
            when application ->> 'type' = 'discount_code' or (application is null and first_code <> '') then 'code'
            when application ->> 'type' in ('manual', 'script') then 'manual'
            else 'automatic'
        end as discount_type,
        case
            when application ->> 'type' = 'discount_code' then application ->> 'code'
            when application is null then nullif(first_code, '')
            else coalesce(application ->> 'title', application ->> 'description')
        end as discount_name,
        amount,
        shop_amount
    from given
    union all
    -- a code that took nothing off was used, too
    select
        kept.id as order_id,
        kept._airbyte_extracted_at,
        null::text as order_line_id,
        false as is_of_shipping,
        'code' as discount_type,
        codes.code ->> 'code' as discount_name,
        0 as amount,
        0 as shop_amount
    from kept
    cross join lateral jsonb_path_query(kept.discount_codes, '$[*]') as codes (code)
    where codes.code ->> 'code' <> ''
),

final as (
    select
        -- ids
        order_id::text as order_id,
        order_line_id,

        -- what it is
        discount_type,
        case discount_type when 'code' then upper(trim(discount_name)) else trim(discount_name) end as discount_name,
        is_of_shipping,

        -- money
        sum(amount) as amount,
        sum(shop_amount) as shop_amount,

        -- times
        max(_airbyte_extracted_at) as extracted_at
    from named
    group by
        order_id, order_line_id, discount_type,
        case discount_type when 'code' then upper(trim(discount_name)) else trim(discount_name) end,
        is_of_shipping
)

select * from final
