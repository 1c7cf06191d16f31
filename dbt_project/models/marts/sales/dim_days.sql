with notes as (
    select * from {{ ref('day_notes') }}
),

days as (
    select day::date as day_date
    from generate_series('2015-01-01'::timestamp, current_date + interval '366 days', '1 day') as days (day)
),

final as (
    select
        -- key
        days.day_date,

        -- whole periods that it lies in, by their first day
        date_trunc('week', days.day_date)::date as week_start_date,
        date_trunc('month', days.day_date)::date as month_start_date,
        date_trunc('quarter', days.day_date)::date as quarter_start_date,
        date_trunc('year', days.day_date)::date as year_start_date,

        -- what it is
        extract(isodow from days.day_date)::integer as weekday_number,
        extract(isodow from days.day_date) >= 6 as is_weekend,
        notes.note
    from days
    left join notes on days.day_date = notes.day_date
)

select * from final
