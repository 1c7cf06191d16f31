{#-
    A backfill is an incremental run that also builds again what comes from the days COMPTOIR_BACKFILL_FROM to
    COMPTOIR_BACKFILL_TO (ISO dates in the shop's time zone, both included), as if it had just landed. Variables of the
    environment, not of dbt: with other `--vars` dbt parses the whole project again.
-#}

{#- Not empty in a backfill. -#}
{% macro is_backfill() -%}
    {%- if is_increment() and env_var('COMPTOIR_BACKFILL_FROM', '') -%} true {%- endif -%}
{%- endmacro %}

{#- The first day of a backfill, a literal. -#}
{% macro first_day() -%}
    '{{ env_var("COMPTOIR_BACKFILL_FROM") }}'::date
{%- endmacro %}

{#- The last day of a backfill, a literal. -#}
{% macro last_day() -%}
    '{{ env_var("COMPTOIR_BACKFILL_TO") }}'::date
{%- endmacro %}

{#- A condition for a backfill: true of the days that it rebuilds. -#}
{% macro is_backfilled_day(day) -%}
    {{ day }} between {{ first_day() }} and {{ last_day() }}
{%- endmacro %}

{#-
    A condition for a backfill: true of a stretch of time that touches its days, or the longest pause of a visit before
    or after them: what is near may be joined to an event of these days, or have been until now.
-#}
{% macro is_near_backfilled_days(begins_at, ends_at) -%}
    (
        {{ ends_at }} >= {{ first_day() }}::timestamp at time zone '{{ shop_timezone() }}'
        - interval '{{ var("payment_hours") }} hours'
        and {{ begins_at }} < ({{ last_day() }} + 1)::timestamp at time zone '{{ shop_timezone() }}'
        + interval '{{ var("payment_hours") }} hours'
    )
{%- endmacro %}

{#- In a backfill: adds rows of its days to a condition. -#}
{% macro or_backfilled_day(day) -%}
    {%- if is_backfill() -%} or {{ is_backfilled_day(day) }} {%- endif -%}
{%- endmacro %}

{#- The same of rows about a stretch of time near these days. -#}
{% macro or_near_backfilled_days(begins_at, ends_at) -%}
    {%- if is_backfill() -%} or {{ is_near_backfilled_days(begins_at, ends_at) }} {%- endif -%}
{%- endmacro %}

{#- In a backfill: the ids of all runs of events, in `sessionized`, that have an event on its days or near them. -#}
{% macro backfilled_runs(sessionized) -%}
    select near.run_id from {{ sessionized }} as near
    where
        near.event_date between {{ first_day() }} - 1 and {{ last_day() }} + 1
        and {{ is_near_backfilled_days('near.occurred_at', 'near.occurred_at') }}
{%- endmacro %}

{#- In a backfill: adds them to a query of ids of runs. -#}
{% macro or_runs_backfilled(sessionized) -%}
    {%- if is_backfill() -%} union {{ backfilled_runs(sessionized) }} {%- endif -%}
{%- endmacro %}

{#-
    In a backfill: `column` of the events of these runs, and of other visits' events that report an order which such a
    run reports, too: which of them is the first may have changed.
-#}
{% macro backfilled_events(sessionized, column) -%}
    select touched.{{ column }} from {{ sessionized }} as touched
    where touched.run_id = any(array({{ backfilled_runs(sessionized) }}))
    union
    select told.{{ column }} from {{ sessionized }} as told
    where
        told.event_name = 'Order Completed' and told.order_id = any(array(
            select touched.order_id from {{ sessionized }} as touched
            where
                touched.run_id = any(array({{ backfilled_runs(sessionized) }}))
                and touched.event_name = 'Order Completed' and touched.order_id is not null
        ))
{%- endmacro %}

{#- For marts by day, in a backfill: adds its days to those of days_touched, and what the same events touch beside. -#}
{% macro or_days_backfilled(sessionized, days_before='0') -%}
    {%- if is_backfill() -%}
        union
        select backfilled.event_date - days.days_before as event_date
        from (
            {{ backfilled_events(sessionized, 'event_date') }}
            union
            select series.day::date as event_date
            from generate_series({{ first_day() }}, {{ last_day() }}, '1 day') as series (day)
        ) as backfilled
        cross join generate_series(0, {{ days_before }}) as days (days_before)
    {%- endif -%}
{%- endmacro %}

{#-
    After a backfill, in its transaction: deletes the rows of its days that it did not write. It has written all that
    belongs there, so they come from events or orders that are no more. `day` is a column, `only` a condition beside.
-#}
{% macro forget_the_rest_of_days(day, only='true') -%}
    {% if is_backfill() -%}
        delete from {{ this }} where {{ is_backfilled_day(day) }} and {{ only }} and {{ is_of_earlier_run() }}
    {%- endif %}
{%- endmacro %}

{#- The same of rows about a stretch of time, two columns, that touches these days. -#}
{% macro forget_the_rest_near_days(begins_at, ends_at) -%}
    {% if is_backfill() -%}
        delete from {{ this }} where {{ is_near_backfilled_days(begins_at, ends_at) }} and {{ is_of_earlier_run() }}
    {%- endif %}
{%- endmacro %}

{#- A condition: true of rows that another transaction wrote. -#}
{% macro is_of_earlier_run() -%}
    xmin <> pg_current_xact_id()::xid
{%- endmacro %}
