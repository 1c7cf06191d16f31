{#- The value of a product's custom attribute as text; null where the product has no attribute of this code. -#}
{% macro custom_attribute(code, attributes='custom_attributes') -%}
    nullif(jsonb_path_query_first({{ attributes }}, '$[*] ? (@.attribute_code == "{{ code }}").value') #>> '{}', '')
{%- endmacro %}

{#- A time inside Magento's JSON: UTC without a time zone; null for the zero dates of migrated shops. -#}
{% macro magento_time(value) -%}
    (case when {{ value }} not like '0000%' then {{ value }} end)::timestamp at time zone 'utc'
{%- endmacro %}

{#- A number inside a JSON object; 0 where Magento leaves it out. -#}
{% macro number_of(object, name) -%}
    coalesce(({{ object }} ->> '{{ name }}')::numeric, 0)
{%- endmacro %}
