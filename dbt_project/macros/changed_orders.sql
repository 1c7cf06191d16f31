{#-
    A condition: true of raw orders that may have been extracted since the table was last built: since the newest
    extracted_at in it, or what note_extraction wrote if that is later, for in some tables few orders or none have rows.
    The overlap covers a sync that was still writing while the table was built. The time is a literal, so that Postgres
    expects few rows. In a backfill also true of orders to which something may have happened on its days: they were placed
    before their end, and changed after their beginning.
-#}
{% macro extracted_since_last_build() -%}
    {%- set since -%}
        select
            coalesce(
                greatest(max(extracted_at), obj_description('{{ this }}'::regclass, 'pg_class')::timestamptz)
                - interval '{{ var("extraction_overlap_hours") }} hours',
                '-infinity'
            )::text
        from {{ this }}
    {%- endset -%}
    {%- set is_extracted -%}
        _airbyte_extracted_at >= '{{ run_query(since).columns[0][0] if execute }}'::timestamptz
    {%- endset -%}
    {%- if is_backfill() -%}
        ({{ is_extracted }} or {{ is_near_backfilled_days(
            'coalesce(least(processed_at, created_at), _airbyte_extracted_at)',
            'coalesce(updated_at, _airbyte_extracted_at)'
        ) }})
    {%- else -%}
        {{ is_extracted }}
    {%- endif -%}
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
    in the transaction that builds them: what the statement itself reads of the table must not depend on these rows. An
    array, as in order_has_changed.
-#}
{% macro forget_changed_orders() -%}
    {% if is_incremental() -%}
        delete from {{ this }}
        where order_id = any(array(
            select id::text from {{ source('raw_shop', 'orders') }} where {{ extracted_since_last_build() }}
            union all
            select key from {{ source('raw_shop', 'deleted_keys') }} where stream = 'orders'
        ))
        {%- if is_backfill() %} or order_id not in (select id::text from {{ source('raw_shop', 'orders') }}) {%- endif %}
    {%- endif %}
{%- endmacro %}

{#-
    After a run, in its transaction: notes in the table's comment up to when the raw orders it has read were extracted.
-#}
{% macro note_extraction() -%}
    do $$
    begin
        execute format(
            'comment on table {{ this }} is %L',
            (select max(_airbyte_extracted_at)::text from {{ source('raw_shop', 'orders') }})
        );
    end
    $$
{%- endmacro %}

{#-
    A condition: true of orders in the table whose customer got a pseudonym since, or lost it, or was merged with another.
-#}
{% macro has_old_pseudonym() -%}
    has_customer and coalesce(customer_pseudonym, '') not in (
        select customer_pseudonym from {{ source('pii', 'customer_pseudonyms') }}
    )
{%- endmacro %}
