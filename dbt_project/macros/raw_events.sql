{#- When an event of raw happened: not after it was received, and a clock that is years off is ignored. -#}
{% macro happened_at() -%}
    case when time_flag in ('future', 'implausible') then received_at else least(occurred_at, received_at) end
{%- endmacro %}

{#- A condition: events that were received at that time are in raw, not in the archive. -#}
{% macro is_in_raw(received_at) -%}
    ({{ received_at }} at time zone 'utc')::date not in (select day from ops.archived_days where restored_at is null)
{%- endmacro %}
