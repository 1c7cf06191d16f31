with model_runs as (
    select * from {{ ref('stg_ops__model_runs') }}
),

-- the table as the day's last run left it
last_sizes as (
    select distinct on (run_date, schema_name, model_name)
        run_date,
        schema_name,
        model_name,
        megabytes
    from model_runs
    where megabytes is not null
    order by run_date asc, schema_name asc, model_name asc, started_at desc
),

daily as (
    select
        run_date,
        schema_name,
        model_name,
        count(*) as runs_count,
        count(*) filter (where is_failed) as failed_runs_count,
        count(*) filter (where status = 'skipped') as skipped_runs_count,
        sum(seconds) as total_seconds,
        max(seconds) as longest_seconds,
        sum(rows_count) as written_rows,
        max(started_at) as last_started_at
    from model_runs
    group by run_date, schema_name, model_name
),

final as (
    select
        -- keys
        daily.run_date,
        daily.schema_name,
        daily.model_name,

        -- counts
        daily.runs_count::integer as runs_count,
        daily.failed_runs_count::integer as failed_runs_count,
        daily.skipped_runs_count::integer as skipped_runs_count,

        -- what they took
        round(daily.total_seconds::numeric, 3) as total_seconds,
        round(daily.longest_seconds::numeric, 3) as longest_seconds,
        coalesce(daily.written_rows, 0)::bigint as written_rows,
        round(last_sizes.megabytes, 3) as table_megabytes,

        -- times
        daily.last_started_at
    from daily
    left join last_sizes
        on
            daily.run_date = last_sizes.run_date
            and daily.schema_name = last_sizes.schema_name
            and daily.model_name = last_sizes.model_name
)

select * from final
