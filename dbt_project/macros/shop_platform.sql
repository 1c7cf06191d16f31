{#- The platform the shop runs on: `--vars 'shop_platform: …'`, else COMPTOIR_SHOP_PLATFORM, else shopify. -#}
{% macro shop_platform() -%}
    {{ var('shop_platform', env_var('COMPTOIR_SHOP_PLATFORM', 'shopify')) }}
{%- endmacro %}

{#- The staging model of the shop's platform: `stg_shopify__orders` or `stg_magento__orders` for orders. -#}
{% macro shop_model(name) -%}
    {{ ref('stg_' ~ (shop_platform() | trim) ~ '__' ~ name) }}
{%- endmacro %}
