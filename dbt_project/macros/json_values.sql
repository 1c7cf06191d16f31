{#- The amount of a Shopify money set; `side` is presentment_money (what the customer paid in) or shop_money. -#}
{% macro money(money_set, side) -%}
    ({{ money_set }} -> '{{ side }}' ->> 'amount')::numeric
{%- endmacro %}

{#- The sum of the numbers that a JSON path finds; 0 where it finds nothing or the array is missing. -#}
{% macro sum_of_path(document, path) -%}
    (
        select coalesce(sum((found.found_value #>> '{}')::numeric), 0)
        from jsonb_path_query({{ document }}, '{{ path }}') as found (found_value)
    )
{%- endmacro %}

{#- Text from a browser as a number, null where it is none: a client's "12,99" must not stop the build. -#}
{% macro number_or_null(text) -%}
    case when {{ text }} ~ '^-?[0-9]{1,12}([.][0-9]{1,6})?$' then ({{ text }})::numeric end
{%- endmacro %}
