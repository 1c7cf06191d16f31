with history as (
    select * from {{ ref('customers_history') }}
),

numbered as (
    select
        *,
        row_number() over (partition by customer_pseudonym order by dbt_valid_from) as version_number
    from history
),

final as (
    select
        -- keys
        customer_pseudonym,
        version_number::integer as version_number,

        -- what it was
        country_code,
        has_marketing_consent,

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
