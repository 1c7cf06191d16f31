{#-
    True when this run adds to the table instead of rebuilding it. Never in a dbt unit test, which has no `this`, nor when
    dbt compiles without a database, for the columns' lineage (comptoir/dbt_runner.py).
-#}
{% macro is_increment() -%}
    {{ return(this and flags.INTROSPECT and is_incremental()) }}
{%- endmacro %}

{#-
    A condition: true of rows that may have landed since the table was last built. `column` is the rows' time of landing;
    the table's own is landed_at. The overlap covers a transaction that began before the last build and was committed
    after it. The time is looked up first and written into the statement as a literal: from a subquery Postgres would
    expect a third of all rows, and read the complete history.
-#}
{% macro landed_since_last_build(column='landed_at') -%}
    {%- set since -%}
        select coalesce(max(landed_at) - interval '{{ var("landing_overlap_hours") }} hours', '-infinity')::text
        from {{ this }}
    {%- endset -%}
    {{ column }} >= '{{ run_query(since).columns[0][0] if execute }}'::timestamptz
{%- endmacro %}

{#-
    A condition for an incremental run: true of the events of int_events__sessionized whose visit may have changed,
    because something landed in its run of events. They are rebuilt together, so an event may be late by any time and
    join two visits. `sessionized` is that table, `alias` how the query names it.
-#}
{% macro visit_was_touched(sessionized, alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- if is_backfill() -%}
        (
            {{ landed_since_last_build(prefix ~ 'run_landed_at') }}
            or {{ prefix }}run_id = any(array({{ backfilled_events(sessionized, 'run_id') }}))
        )
    {%- else -%}
        {{ landed_since_last_build(prefix ~ 'run_landed_at') }}
    {%- endif -%}
{%- endmacro %}

{#- In an incremental run: only such events. -#}
{% macro where_visit_was_touched(sessionized) -%}
    {% if this and flags.INTROSPECT and is_incremental() -%}
        where {{ visit_was_touched(sessionized) }}
    {%- endif %}
{%- endmacro %}

{#-
    In an incremental run: the days on which a touched visit has events, and `days_before` days before each, for marts
    in which an event changes the counts of earlier days. A mart by day rebuilds these days. One column, event_date.
    `column` is the time of landing in `events`.
-#}
{% macro days_touched(events, days_before='0', column='run_landed_at') -%}
    select distinct event_date - days.days_before as event_date
    from {{ events }}
    cross join generate_series(0, {{ days_before }}) as days (days_before)
    where {{ landed_since_last_build(column) }}
{%- endmacro %}

{#-
    In an incremental run: deletes touched visits under their old ids. A visit that was joined to another, or cut
    elsewhere, no longer exists under its old id, which is that of one of its events. Runs in the transaction that
    rebuilds the touched visits.
-#}
{% macro forget_touched_visits(sessionized) -%}
    {% if is_incremental() -%}
        delete from {{ this }}
        where session_id = any(array(
            select event_id from {{ sessionized }}
            where {{ visit_was_touched(sessionized) }}
        ))
    {%- endif %}
{%- endmacro %}
