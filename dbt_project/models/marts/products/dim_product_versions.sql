with history as (
    select * from {{ ref('products_history') }}
),

numbered as (
    select
        *,
        row_number() over (partition by product_id order by dbt_valid_from) as version_number
    from history
),

final as (
    select
        -- keys
        product_id,
        version_number::integer as version_number,

        -- what it was
        title,
        brand,
        category,
        department,
        status,
        is_published,
        currency,
        price_amount,
        compare_at_amount,
        unit_cost_amount,

        -- times: the first version holds from the beginning, not from the day the warehouse was set up
        case
            when version_number = 1 then least(created_at, dbt_valid_from::timestamptz)
            else dbt_valid_from::timestamptz
        end as valid_from_at,
        dbt_valid_to::timestamptz as valid_to_at,
        dbt_valid_to is null as is_current
    from numbered
)

select * from final
