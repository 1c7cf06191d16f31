{#-
    A select of the columns of the model's contract, each cast to its type: dbt creates the rows of an increment without
    looking at the contract, and refuses them where a type differs. A unit test has no contract.
-#}
{% macro as_contracted(relation) -%}
    {% if execute and model.columns -%}
        select
            {% for column in model.columns.values() -%}
                {{ column.name }}::{{ column.data_type }} as {{ column.name }}{% if not loop.last %},{% endif %}
            {% endfor %}
        from {{ relation }}
    {%- else -%}
        select * from {{ relation }}
    {%- endif %}
{%- endmacro %}
