{#-
    A touch's part of `total` by its `weight`, rounded to `digits`. The last touch of an order gets what rounding left,
    so that the parts add up exactly. Needs touch_number, touches_count and the window `earlier` (the touches before).
-#}
{% macro remainder_to_last(weight, total, digits) -%}
    case
        when touch_number < touches_count then round({{ weight }} * {{ total }}, {{ digits }})
        else {{ total }} - coalesce(sum(round({{ weight }} * {{ total }}, {{ digits }})) over earlier, 0)
    end
{%- endmacro %}
