{#-
    Overrides dbt's macro for the rows that a generic test reads. `where: __landed_lately__` in the test of an
    incremental table means the rows that landed in the last days (var tested_days), and all rows in a full refresh:
    rows are not tested again every day. Such a table has database constraints for what must hold of all rows together.
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
