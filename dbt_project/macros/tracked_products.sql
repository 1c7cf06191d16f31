{#-
    A condition for mart_product_performance: in an incremental run true of the days on which anything of an order changed
    since it was last built or of which events landed, of all days of a product that has another name, kind or ABC class
    since, and of all of the product named unknown, for a product that the shop sent late was counted there. In any other
    run true of all.
-#}
{% macro product_day_has_changed(product_id, day) -%}
    {%- set tracked = ref('int_products__tracked') -%}
    {%- set exploded = ref('int_product_events__exploded') -%}
    {%- set sessionized = ref('int_events__sessionized') -%}
    {%- if is_increment() -%}
        (
            {{ product_id }} = 'unknown'
            or {{ product_id }} = any(array(
                select changed.product_id from {{ tracked }} as changed
                where {{ changed_since_last_build(with_parents=false) }}
            ))
            or {{ day_has_changed(day) }}
            or {{ day }} = any(array(
                {{ days_touched(exploded, column='landed_at') }}
                {{ or_days_backfilled(sessionized) }}
            ))
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
