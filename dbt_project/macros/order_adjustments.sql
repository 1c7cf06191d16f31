{#-
    The sum of a Shopify refund's adjustments that match `condition`; `name` is amount or tax_amount, `side` as in `money`.
    Older records have the shop's amount only. Needs a column `refund`.
-#}
{% macro order_adjustments(condition, name, side) -%}
    (
        select coalesce(sum(coalesce(
            {{ money("adjustments.adjustment -> '" ~ name ~ "_set'", side) }},
            (adjustments.adjustment ->> '{{ name }}')::numeric
        )), 0)
        from jsonb_path_query(refund, '$.order_adjustments[*]') as adjustments (adjustment)
        where {{ condition }}
    )
{%- endmacro %}
