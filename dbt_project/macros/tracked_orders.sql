{#-
    Names of a model and of all models of orders that it is built from.
-#}
{% macro order_models_of(node) -%}
    {%- set names = [node.name] -%}
    {%- for parent in node.depends_on.nodes
        if parent in graph.nodes and 'model.comptoir.int_orders__tracked' in graph.nodes[parent].depends_on.nodes -%}
        {%- do names.extend(order_models_of(graph.nodes[parent])) -%}
    {%- endfor -%}
    {{ return(names | unique | list) }}
{%- endmacro %}

{#-
    A condition on int_orders__tracked in an incremental run: changed since this table was last built, by ops.model_runs,
    or since one that it is built from was: built alone after that one had failed, it did not see the change. Read first
    and written into the statement as a literal, as in landed_since_last_build. A run that was killed wrote no such row,
    and the next one reads what it may have done again. The overlap is for a time that is only nearly right. `column` is
    the time of the change.
-#}
{% macro changed_since_last_build(column='changed_at') -%}
    {%- if execute -%}
        {%- set names = order_models_of(model) -%}
        {%- set since -%}
            select
                case
                    when count(*) = {{ names | length }}
                        then min(runs.newest) - interval '{{ var("clock_overlap_seconds") }} seconds'
                    else '-infinity'
                end::text
            from (
                select max(started_at) as newest
                from ops.model_runs
                where model in ('{{ names | join("', '") }}') and status = 'success'
                group by model
            ) as runs
        {%- endset -%}
        {{ column }} >= '{{ run_query(since).columns[0][0] }}'::timestamptz
    {%- else -%}
        true
    {%- endif -%}
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
    In a backfill: adds the orders that have one of its days in `days` of either of two relations: of the first an array, of
    the second a list in JSON.
-#}
{% macro or_of_backfilled_days(observed, known) -%}
    {%- if is_backfill() %}
        or exists (
            select from jsonb_array_elements_text(
                coalesce(to_jsonb({{ observed }}.days), '[]') || coalesce({{ known }}.days, '[]')
            ) as counted (day)
            where {{ is_backfilled_day('counted.day::date') }}
        )
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
