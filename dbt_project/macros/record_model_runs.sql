{#-
    At the end of every run of dbt, failed ones too: inserts a row into ops.model_runs for each model and snapshot. The
    sizes are read from Postgres at that moment, so they are those of the table as the run left it; the time at which a
    model began is moved from dbt's clock to that of Postgres. Not in a trial: what it builds, no model may take for its
    own last build.
-#}
{% macro record_model_runs(results) -%}
    {% if execute and results and not env_var('COMPTOIR_TRIAL_SCHEMA', '') -%}
        {% set runs = [] %}
        {% for result in results if result.node.resource_type in ('model', 'snapshot') %}
            {% set failed = result.status in ('error', 'fail') %}
            {% set begun = (result.timing | map(attribute='started_at') | select | list + [run_started_at]) | first %}
            {% do runs.append(
                "('" ~ result.node.name ~ "', '" ~ result.node.schema ~ "', '" ~ result.node.config.materialized ~ "', '"
                ~ result.status ~ "', " ~ result.execution_time ~ ", "
                ~ (result.adapter_response.get('rows_affected') or 'null') ~ "::bigint, "
                ~ ("'" ~ dbt.escape_single_quotes(result.message[:500]) ~ "'" if failed and result.message else 'null')
                ~ "::text, '" ~ begun.isoformat() ~ ("Z" if begun.tzinfo is none else "") ~ "'::timestamptz)"
            ) %}
        {% endfor %}
        {% if runs -%}
            insert into ops.model_runs (
                run_id, model, schema_name, kind, status, seconds, rows_count, megabytes, message, started_at
            )
            select
                '{{ invocation_id }}', model, schema_name, kind, status, seconds, rows_count,
                round(pg_total_relation_size(to_regclass(format('%I.%I', schema_name, model))) / 1000000.0, 3),
                message,
                started_at + (clock_timestamp() - '{{ modules.datetime.datetime.now(modules.pytz.utc).isoformat() }}')
            from (
                values {{ runs | join(', ') }}
            ) as runs (model, schema_name, kind, status, seconds, rows_count, message, started_at)
        {%- endif %}
    {%- endif %}
{%- endmacro %}
