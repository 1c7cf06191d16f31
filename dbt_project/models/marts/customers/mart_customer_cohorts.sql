with orders as (
    select * from {{ ref('fct_orders') }}
    where customer_pseudonym is not null and not is_cancelled
),

monthly as (
    select
        customer_pseudonym,
        date_trunc('month', order_date)::date as month_start_date,
        count(*) as orders_count,
        max(shop_currency) as shop_currency,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from orders
    group by customer_pseudonym, date_trunc('month', order_date)::date
),

customers as (
    select
        customer_pseudonym,
        min(month_start_date) as cohort_start_date
    from monthly
    group by customer_pseudonym
),

cohorts as (
    select
        cohort_start_date,
        count(*) as customers_count
    from customers
    group by cohort_start_date
),

newest as (
    select max(month_start_date) as month_start_date from monthly
),

-- every month up to the newest order's, so that a month without orders is a zero and not a gap
months as (
    select
        cohorts.cohort_start_date,
        cohorts.customers_count,
        calendar.month_start::date as month_start_date,
        (
            12 * (extract(year from calendar.month_start) - extract(year from cohorts.cohort_start_date))
            + extract(month from calendar.month_start) - extract(month from cohorts.cohort_start_date)
        )::integer as months_since_first
    from cohorts
    cross join newest
    cross join lateral generate_series(
        cohorts.cohort_start_date::timestamp, newest.month_start_date::timestamp, interval '1 month'
    ) as calendar (month_start)
),

activity as (
    select
        customers.cohort_start_date,
        monthly.month_start_date,
        count(*) as active_customers_count,
        sum(monthly.orders_count) as orders_count,
        sum(monthly.net_sales_shop_amount) as net_sales_shop_amount
    from monthly
    inner join customers on monthly.customer_pseudonym = customers.customer_pseudonym
    group by customers.cohort_start_date, monthly.month_start_date
),

shop as (
    select max(shop_currency) as shop_currency from monthly
),

final as (
    select
        -- keys
        months.cohort_start_date,
        months.months_since_first,
        months.month_start_date,

        -- counts
        months.customers_count::integer as customers_count,
        coalesce(activity.active_customers_count, 0)::integer as active_customers_count,
        coalesce(activity.orders_count, 0)::integer as orders_count,
        {{ ratio('coalesce(activity.active_customers_count, 0)', 'months.customers_count') }} as retention_rate,

        -- money in the shop's currency, by the day of the order
        shop.shop_currency,
        coalesce(activity.net_sales_shop_amount, 0) as net_sales_shop_amount,
        coalesce(sum(activity.net_sales_shop_amount) over so_far, 0) as cumulative_net_sales_shop_amount
    from months
    cross join shop
    left join activity
        on
            months.cohort_start_date = activity.cohort_start_date
            and months.month_start_date = activity.month_start_date
    window so_far as (partition by months.cohort_start_date order by months.months_since_first)
)

select * from final
