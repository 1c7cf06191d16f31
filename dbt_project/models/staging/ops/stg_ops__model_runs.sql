with source as (
    select * from {{ source('ops', 'model_runs') }}
),

final as (
    select
        -- ids
        run_id,
        model as model_name,

        -- what it is
        schema_name,
        kind as materialization,
        status,
        status = 'error' as is_failed,

        -- what it took
        seconds,
        rows_count,
        megabytes,

        -- times
        started_at,
        {{ shop_date('started_at') }} as run_date
    from source
)

select * from final
