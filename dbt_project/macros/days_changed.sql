{#-
    Before an incremental run of a table by day: deletes all rows of the days on which anything may count otherwise since,
    in the transaction that builds these days again: the model then writes the days that have no rows (`missing_days`).
    `days` is a query of one column.
-#}
{% macro forget_days(day, days) -%}
    delete from {{ this }} where {{ day }} = any(array({{ days }}))
{%- endmacro %}

{#- In an incremental run: the days between the first and the last row of `relation` that have no row in this table. -#}
{% macro missing_days(relation, day) -%}
    select series.series_day::date as {{ day }}
    from (select min({{ day }}) as first_day, max({{ day }}) as last_day from {{ relation }}) as bounds
    cross join generate_series(bounds.first_day, bounds.last_day, '1 day') as series (series_day)
    except
    select {{ day }} from {{ this }}
{%- endmacro %}

{#-
    Days on which a table by day has not as many rows of `relation` as there are: what an erasure or the end of a term has
    deleted landed nowhere. `counted` is this table's column of how many.
-#}
{% macro days_with_other_counts(relation, day, counted) -%}
    select coalesce(found.{{ day }}, known.{{ day }}) as {{ day }}
    from (select {{ day }}, count(*) as rows_count from {{ relation }} where not is_bot group by {{ day }}) as found
    full join (select {{ day }}, sum({{ counted }}) as rows_count from {{ this }} group by {{ day }}) as known
        on found.{{ day }} = known.{{ day }}
    where found.rows_count is distinct from known.rows_count
{%- endmacro %}

{#- Before an incremental run of fct_landings: deletes the days of visits that changed. -#}
{% macro forget_days_of_changed_visits() -%}
    {%- set sessions, sessionized = ref('fct_sessions'), ref('int_events__sessionized') -%}
    {%- set tracked, order_has_changed = ref('int_orders__tracked'), order_has_changed('changed.order_id') -%}
    {% if is_incremental() -%}
    {%- set days -%}
        {{ days_touched(sessionized) }}
        {{ or_days_backfilled(sessionized) }}
        union
        -- of a visit of long ago whose order the shop changed since, or that another visit tells, too
        select told.session_date from {{ sessions }} as told
        where told.session_id = any(array(
            select reports.session_id from {{ sessionized }} as reports
            where reports.event_name = 'Order Completed' and reports.order_id = any(array(
                select changed.order_id from {{ tracked }} as changed where {{ order_has_changed }}
                union
                select landed.order_id from {{ sessionized }} as landed
                where
                    {{ landed_since_last_build('landed.run_landed_at') }}
                    and landed.event_name = 'Order Completed' and landed.order_id is not null
            ))
        ))
        union
        {{ days_with_other_counts(sessions, 'session_date', 'sessions_count') }}
    {%- endset -%}
    {{ forget_days('session_date', days) }}
    {%- endif %}
{%- endmacro %}

{#-
    Before an incremental run of mart_search_terms: deletes the days of searches that changed, and of terms that became
    common since, or are no longer.
-#}
{% macro forget_days_of_changed_searches() -%}
    {%- set searches, common = ref('fct_searches'), common_search_terms() -%}
    {%- set sessionized, exploded = ref('int_events__sessionized'), ref('int_product_events__exploded') -%}
    {% if is_incremental() -%}
    {%- set days -%}
        with common as materialized (
            {{ common }}
        )

        {{ days_touched(sessionized) }}
        {{ or_days_backfilled(sessionized) }}
        union
        -- of a visit with an order that another visit turned out to have told first
        select told.event_date from {{ sessionized }} as told
        where told.session_id = any(array(
            select purchases.session_id from {{ exploded }} as purchases
            where purchases.interaction_type = 'purchase' and {{ landed_since_last_build('purchases.landed_at') }}
        ))
        union
        select known.search_date from {{ this }} as known
        where
            known.search_term <> '(few visitors)'
            and known.search_term not in (select common.search_term from common)
        union
        select searches.search_date from {{ searches }} as searches
        where
            not searches.is_bot
            and searches.search_term in (
                select common.search_term from common
                except
                select known.search_term from {{ this }} as known
            )
        union
        {{ days_with_other_counts(searches, 'search_date', 'searches_count') }}
    {%- endset -%}
    {{ forget_days('search_date', days) }}
    {%- endif %}
{%- endmacro %}
