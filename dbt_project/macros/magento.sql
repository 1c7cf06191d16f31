{#- The value of a product's custom attribute as text; null where the product has no attribute of this code. -#}
{% macro custom_attribute(code, attributes='custom_attributes') -%}
    nullif(jsonb_path_query_first({{ attributes }}, '$[*] ? (@.attribute_code == "{{ code }}").value') #>> '{}', '')
{%- endmacro %}

{#- A time inside Magento's JSON: UTC without a time zone; null for the zero dates of migrated shops. -#}
{% macro magento_time(value) -%}
    (case when {{ value }} not like '0000%' then {{ value }} end)::timestamp at time zone 'utc'
{%- endmacro %}

{#- A day in an attribute of a product; null for a zero date. -#}
{% macro magento_date(value) -%}
    (case when {{ value }} not like '0000%' then {{ value }} end)::date
{%- endmacro %}

{#- A time of change; null where the connector put 1970, because the shop has a zero date. -#}
{% macro known_change(value) -%}
    nullif({{ value }}, '1970-01-01 00:00:00+00'::timestamptz)
{%- endmacro %}

{#- The credit memos with `refunded_at`: of one with a zero date its last change, or the day of its order. -#}
{% macro credit_memos() -%}
    select
        memos.*,
        coalesce(memos.created_at, {{ known_change('memos.updated_at') }}, orders.created_at) as refunded_at
    from ({{ newest_rows('raw_magento', 'credit_memos', 'entity_id') }}) as memos
    left join ({{ newest_rows('raw_magento', 'orders', 'entity_id') }}) as orders on memos.order_id = orders.entity_id
    where coalesce(memos.created_at, {{ known_change('memos.updated_at') }}, orders.created_at) is not null
{%- endmacro %}

{#- What the sources that are open have of each SKU; a product without one has no row. -#}
{% macro open_sources() -%}
    select
        sku,
        sum(quantity) as quantity,
        bool_or(quantity > 0) as has_units
    from ({{ newest_rows('raw_magento', 'source_items', 'sku, source_code') }}) as source_items
    where status = 1
    group by sku
{%- endmacro %}

{#-
    Whether a product is sold beyond its stock: where the shop allows it, a source is open (`quantity` of open_sources()),
    and a threshold below zero is not reached. Source: Magento's conditions IsAnySourceItemInStock and Backorders.
-#}
{% macro takes_back_orders(stock_item, quantity) -%}
    (
        {{ number_of(stock_item, 'backorders') }} > 0
        and {{ quantity }} is not null
        and ({{ number_of(stock_item, 'min_qty') }} >= 0 or {{ quantity }} > {{ number_of(stock_item, 'min_qty') }})
    )
{%- endmacro %}

{#- A number inside a JSON object; 0 where Magento leaves it out. -#}
{% macro number_of(object, name) -%}
    coalesce(({{ object }} ->> '{{ name }}')::numeric, 0)
{%- endmacro %}
