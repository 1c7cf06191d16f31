{#-
    A condition: true of raw rows that may have been extracted since the table was last built; `column` is their time of
    extraction, the table's own is extracted_at. The overlap covers a sync that was still writing while the table was
    built. The time is a literal, so that Postgres expects few rows.
-#}
{% macro extracted_since_last_build(column='_airbyte_extracted_at') -%}
    {%- set since -%}
        select coalesce(max(extracted_at) - interval '{{ var("extraction_overlap_hours") }} hours', '-infinity')::text
        from {{ this }}
    {%- endset -%}
    {{ column }} >= '{{ run_query(since).columns[0][0] if execute }}'::timestamptz
{%- endmacro %}

{#-
    The newest row of each of Shopify's orders that the shop still has; in an incremental run only of those extracted
    since the table was last built, and of those that match `or_where`.
-#}
{% macro shopify_orders(or_where='false') -%}
    select distinct on (id) *
    from {{ source('raw_shop', 'orders') }}
    where
        id::text not in (select key from {{ source('raw_shop', 'deleted_keys') }} where stream = 'orders')
        {% if is_increment() -%}
        and ({{ extracted_since_last_build() }} or {{ or_where }})
    {%- endif %}
    order by id asc, _airbyte_extracted_at desc
{%- endmacro %}

{#-
    Before an incremental run: deletes the rows of orders that are built again, and of orders that the shop deleted. Runs
    in the transaction that builds them: what the statement itself reads of the table must not depend on these rows.
-#}
{% macro forget_changed_orders() -%}
    {% if is_incremental() -%}
        delete from {{ this }}
        where order_id in (
            select id::text from {{ source('raw_shop', 'orders') }} where {{ extracted_since_last_build() }}
            union all
            select key from {{ source('raw_shop', 'deleted_keys') }} where stream = 'orders'
        )
    {%- endif %}
{%- endmacro %}

{#-
    A condition: true of orders in the table whose customer got a pseudonym since, or lost it, or was merged with another.
-#}
{% macro has_old_pseudonym() -%}
    has_customer and coalesce(customer_pseudonym, '') not in (
        select customer_pseudonym from {{ source('pii', 'customer_pseudonyms') }}
    )
{%- endmacro %}
