{#- A model's schema is the name its folder configures: schema = Dagster group = first part of the asset key. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
