{#-
    A select of the columns of the model's contract, each cast to its type: dbt creates the rows of an increment without
    looking at the contract, and refuses them where a type differs. A unit test has no contract.
-#}
{% macro as_contracted(relation) -%}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- for column in model.columns.values() -%}
            {%- do columns.append(column.name ~ '::' ~ column.data_type ~ ' as ' ~ column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    select {{ columns | join(', ') or '*' }} from {{ relation }}
{%- endmacro %}
