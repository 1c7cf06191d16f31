{#-
    A touch's part of `total` by its `weight`, cut to `digits`. The last touch of an order gets what cutting left, so that
    the parts add up exactly. Rounded up, a thousand small parts could be more than the total. Needs touch_number,
    touches_count and the window `earlier` (the touches before).
-#}
{% macro remainder_to_last(weight, total, digits) -%}
    case
        when touch_number < touches_count then trunc({{ weight }} * {{ total }}, {{ digits }})
        else {{ total }} - coalesce(sum(trunc({{ weight }} * {{ total }}, {{ digits }})) over earlier, 0)
    end
{%- endmacro %}
