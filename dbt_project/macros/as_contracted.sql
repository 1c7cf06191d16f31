{#-
    A select of the columns of the model's contract, each cast to its type: dbt creates the rows of an increment without
    looking at the contract, and refuses them where a type differs. A unit test has no contract.
-#}
{% macro as_contracted(relation) -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() if execute -%}
        {%- do columns.append(column.name ~ '::' ~ column.data_type ~ ' as ' ~ column.name) -%}
    {%- endfor -%}
    select {{ columns | join(', ') or '*' }} from {{ relation }}
{%- endmacro %}
