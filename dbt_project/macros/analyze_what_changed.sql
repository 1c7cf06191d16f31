{#-
    Statistics of a table that was just built; of one that was added to only when a tenth of its rows went or came, which
    is when autovacuum would do it, too: reading its sample takes as long after one row as after all. The rows of this
    transaction stand in pg_stat_xact_user_tables.
-#}
{% macro analyze_what_changed() -%}
    {%- if not is_increment() -%}
        analyze {{ this }}
    {%- else -%}
        do $$
        begin
            if exists (
                select from pg_stat_xact_user_tables as changed
                inner join pg_class as tables on changed.relid = tables.oid
                where
                    changed.relid = '{{ this }}'::regclass
                    and changed.n_tup_ins + changed.n_tup_del >= 0.1 * tables.reltuples
            ) then
                analyze {{ this }};
            end if;
        end
        $$
    {%- endif -%}
{%- endmacro %}
