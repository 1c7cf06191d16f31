{#- The shop's time zone, an IANA name: `--vars 'shop_timezone: …'`, else COMPTOIR_SHOP_TIMEZONE, else Europe/Paris. -#}
{% macro shop_timezone() -%}
    {{ var('shop_timezone', env_var('COMPTOIR_SHOP_TIMEZONE', 'Europe/Paris')) }}
{%- endmacro %}

{#- The day in the shop's time zone on which an instant (timestamptz) falls, also when the clocks change. -#}
{% macro shop_date(instant) -%}
    ({{ instant }} at time zone '{{ shop_timezone() }}')::date
{%- endmacro %}
