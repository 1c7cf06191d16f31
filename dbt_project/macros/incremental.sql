{#- Whether this run adds to the table instead of making it anew. In a dbt unit test there is no `this`: never. -#}
{% macro is_increment() -%}
    {{ return(this and is_incremental()) }}
{%- endmacro %}

{#-
    True of rows that may have landed since the table was last built; needs the column landed_at on both sides. The
    overlap is for a transaction that began before the last build and was committed after it.
-#}
{% macro landed_since_last_build() -%}
    landed_at >= (
        select coalesce(max(landed_at), '-infinity') - interval '{{ var("landing_overlap_hours") }} hours'
        from {{ this }}
    )
{%- endmacro %}

{#-
    In an incremental run: the visitors of whom something landed, the only ones whose rows can have changed. All rows
    of a visitor are made anew, so an event may be late by any time, join two visits or take an order from another.
-#}
{% macro where_visitor_was_touched(relation) -%}
    {% if this and is_incremental() -%}
        where visitor_id in (select visitor_id from {{ relation }} where {{ landed_since_last_build() }})
    {%- endif %}
{%- endmacro %}
