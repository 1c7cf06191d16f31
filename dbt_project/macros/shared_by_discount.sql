{#-
    A discount's part of an order's figure by its `weight`, cut to `digits`; the last one, which took most off, gets what
    cutting left, so that the parts add up exactly. Needs discount_number, order_discounts_count and the window `earlier`.
-#}
{% macro shared_by_discount(column, digits) -%}
    case
        when order_discounts_count = 1 then {{ column }}
        when discount_number < order_discounts_count then trunc({{ column }} * weight, {{ digits }})
        else {{ column }} - coalesce(sum(trunc({{ column }} * weight, {{ digits }})) over earlier, 0)
    end
{%- endmacro %}
