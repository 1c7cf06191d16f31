{#- A share rounded to six places; null where the total is zero. -#}
{% macro ratio(part, total) -%}
    round(({{ part }})::numeric / nullif({{ total }}, 0), 6)
{%- endmacro %}
