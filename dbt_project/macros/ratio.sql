{#- A share to six places, null where the whole is zero. -#}
{% macro ratio(part, whole) -%}
    round(({{ part }})::numeric / nullif({{ whole }}, 0), 6)
{%- endmacro %}
