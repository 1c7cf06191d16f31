{#-
    A model's schema is the name its folder configures: schema = Dagster group = first part of the asset key. In a trial
    (comptoir/dbt_trial.py) all are in COMPTOIR_TRIAL_SCHEMA.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ env_var('COMPTOIR_TRIAL_SCHEMA', '') or (custom_schema_name | trim if custom_schema_name else target.schema) }}
{%- endmacro %}
