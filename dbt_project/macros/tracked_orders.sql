{#-
    In an incremental run: when this table was last built, by ops.model_runs; read first and written into the statement
    as a literal, as in landed_since_last_build. A run that was killed wrote no such row, and the next one reads what it
    may have done again. The overlap is for a clock of dbt that differs from that of Postgres.
-#}
{% macro changed_since_last_build() -%}
    {%- set since -%}
        select coalesce(max(started_at) - interval '{{ var("clock_overlap_seconds") }} seconds', '-infinity')::text
        from ops.model_runs
        where model = '{{ this.identifier }}' and status = 'success'
    {%- endset -%}
    changed_at >= '{{ run_query(since).columns[0][0] if execute }}'::timestamptz
{%- endmacro %}

{#-
    A condition: in an incremental run true of orders of which anything changed since this table was last built, also of
    those that are gone; in any other run true of all. `column` is the order's id. An array, because models are built
    without nested loops: a join would read the complete table, and the array is looked up in an index.
-#}
{% macro order_has_changed(column='order_id') -%}
    {%- set tracked = ref('int_orders__tracked') -%}
    {%- if is_increment() -%}
        {{ column }} = any(array(
            select changed.order_id from {{ tracked }} as changed where {{ changed_since_last_build() }}
        ))
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#-
    A condition for tables by day: in an incremental run true of the days on which anything of such an order counts, or
    counted before it changed.
-#}
{% macro day_has_changed(column) -%}
    {%- set tracked = ref('int_orders__tracked') -%}
    {%- if is_increment() -%}
        {{ column }} = any(array(
            select distinct counted.day::date
            from {{ tracked }} as changed
            cross join jsonb_array_elements_text(changed.days) as counted (day)
            where {{ changed_since_last_build() }}
        ))
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#-
    Before an incremental run: deletes the rows that match `condition`, order_has_changed or day_has_changed, in the
    transaction that builds them again. What the statement itself reads of the table must not depend on these rows.
-#}
{% macro forget_rows(condition) -%}
    {% if is_incremental() -%}
        delete from {{ this }} where {{ condition }}
    {%- endif %}
{%- endmacro %}
