{#-
    Overrides dbt's macro: the rows of an increment are deleted by index, and every unique_key has one. dbt's own picks
    them by `in`: without nested loops Postgres then reads the complete table. A key of several columns and predicates are
    refused, not left out.
-#}
{% macro postgres__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- if incremental_predicates or (unique_key and unique_key is not string) -%}
        {{ exceptions.raise_compiler_error(
            target ~ ": unique_key is one column here, and there are no incremental_predicates (macros/delete_insert.sql)."
        ) }}
    {%- endif -%}
    {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
    {%- if unique_key %}
        delete from {{ target }}
        where {{ unique_key }} = any(array(select distinct source.{{ unique_key }} from {{ source }} as source));
    {%- endif %}

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ source }}
{%- endmacro %}
