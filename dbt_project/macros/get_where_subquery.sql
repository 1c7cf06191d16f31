{#-
    dbt asks this for the rows that a generic test looks at. `where: __landed_lately__` in a test of a table that grows
    by increments means the rows of the last days (var tested_days) and, in a full refresh, all of them: what was tested
    when it came is not tested again every day. What must hold of all rows together is a database constraint there.
-#}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get('where', '') %}
    {% if where and flags.FULL_REFRESH %}
        {% set where = where | replace('__landed_lately__', 'true') %}
    {% endif %}
    {% if where %}
        {% set lately %}landed_at >= (
            select max(landed_at) - interval '{{ var("tested_days") }} days' from {{ relation }}
        ){% endset %}
        (select * from {{ relation }} where {{ where | replace('__landed_lately__', lately) }}) as dbt_subquery
    {% else %}
        {{ relation }}
    {% endif %}
{%- endmacro %}
