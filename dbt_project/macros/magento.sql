{#- The value of one of a product's custom attributes, a text; null where the product has none of this code. -#}
{% macro custom_attribute(code, attributes='custom_attributes') -%}
    nullif(jsonb_path_query_first({{ attributes }}, '$[*] ? (@.attribute_code == "{{ code }}").value') #>> '{}', '')
{%- endmacro %}

{#- One of Magento's times, inside JSON: UTC that does not say so. -#}
{% macro magento_time(value) -%}
    ({{ value }})::timestamp at time zone 'utc'
{%- endmacro %}

{#- A number inside a JSON object; 0 where Magento leaves it out because there is none. -#}
{% macro number_of(object, name) -%}
    coalesce(({{ object }} ->> '{{ name }}')::numeric, 0)
{%- endmacro %}
