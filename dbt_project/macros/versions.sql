{#-
    The versions of a dimension from its snapshot: one row per key and period in which `columns` were the same. The
    first version is valid from the creation of the row in the shop, not from the day the warehouse was set up.
-#}
{% macro versions(history, key, columns) -%}
    with history as (
        select * from {{ history }}
    ),

    numbered as (
        select
            *,
            row_number() over (partition by {{ key }} order by dbt_valid_from) as version_number
        from history
    ),

    final as (
        select
            -- keys
            {{ key }},
            version_number::integer as version_number,

            -- what it was
            {{ columns | join(',\n            ') }},

            -- times
            case
                when version_number = 1 then least(created_at, dbt_valid_from::timestamptz)
                else dbt_valid_from::timestamptz
            end as valid_from_at,
            dbt_valid_to::timestamptz as valid_to_at,
            dbt_valid_to is null as is_current
        from numbered
    )

    select * from final
{%- endmacro %}
