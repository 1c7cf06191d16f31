{#-
    Overrides dbt's macro for the rows that a generic test reads. `where: __landed_lately__` in the test of an
    incremental table means the rows that landed in the last days (var tested_days), and all rows in a full refresh:
    rows are not tested again every day. Such a table has database constraints for what must hold of all rows together.
    Since when is looked up first and written into the statement: from a subquery Postgres would expect a third of all
    rows, and read them all.
-#}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get('where', '') %}
    {% if where and flags.FULL_REFRESH %}
        {% set where = where | replace('__landed_lately__', 'true') %}
    {% endif %}
    {% if where %}
        {% set since %}
            select coalesce(max(landed_at) - interval '{{ var("tested_days") }} days', '-infinity')::text
            from {{ relation }}
        {% endset %}
        {% set since = run_query(since).columns[0][0] if execute and flags.INTROSPECT and '__landed_lately__' in where %}
        {% set where = where | replace('__landed_lately__', "landed_at >= '" ~ since ~ "'::timestamptz") %}
        (select * from {{ relation }} where {{ where }}) as dbt_subquery
    {% else %}
        {{ relation }}
    {% endif %}
{%- endmacro %}
