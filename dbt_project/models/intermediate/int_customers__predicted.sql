-- NBD for how often (Ehrenberg 1959; conditional expectation: Morrison and Schmittlein 1988): each customer orders at
-- a constant rate, the rates are gamma(r, alpha) distributed. Gamma-gamma for how much (Fader and Hardie 2013): a
-- customer's orders are gamma(p, nu) distributed, nu is gamma(q, gamma). All parameters by the method of moments, which
-- is closed form and so is SQL; BG/NBD needs an iterative likelihood and a hypergeometric function.
with customers as (
    select * from {{ ref('int_customers__observed') }}
),

-- rate: mean m and variance v over customers, by day; repeat orders are Poisson around rate times days
pace as (
    select
        moment,
        sum(repeat_orders_count) / nullif(sum(observed_days), 0)::numeric as mean_rate
    from customers
    group by moment
),

errors as (
    select
        customers.moment,
        pace.mean_rate,
        customers.repeat_orders_count,
        customers.observed_days::bigint as observed_days,
        customers.repeat_orders_count - pace.mean_rate * customers.observed_days as error
    from customers
    inner join pace on customers.moment = pace.moment
),

-- products, not powers, and what is the same for all customers once: numeric powers are slow
variances as (
    select
        moment,
        mean_rate,
        -- a floor far below any real variance: without it, identical customers would lead to a division by zero
        greatest(
            sum(error * error - repeat_orders_count) / nullif(sum(observed_days * observed_days), 0),
            mean_rate * mean_rate / 1000000
        ) as rate_variance
    from errors
    group by moment, mean_rate
),

rates as (
    select
        moment,
        mean_rate,
        rate_variance,
        mean_rate * mean_rate as squared_mean_rate,
        (mean_rate * mean_rate / nullif(rate_variance, 0))::double precision as shape
    from variances
),

-- order value: within customers (of two orders and more) and between them
spread as (
    select
        moment,
        avg(mean_order_value) as mean_value,
        sum(order_value_variance * (orders_count - 1)) / nullif(sum(orders_count - 1), 0) as within_variance,
        coalesce(var_samp(mean_order_value), 0) as variance_of_means,
        avg(1.0 / orders_count) as mean_inverse_orders
    from customers
    group by moment
),

-- q = 2 + mean² / between and p = (mean² + between) / within; without repeat orders only the mean is known
value_parameters as (
    select
        moment,
        mean_value,
        2 + mean_value ^ 2 / greatest(
            variance_of_means - coalesce(within_variance, 0) * mean_inverse_orders, mean_value ^ 2 / 1000000
        ) as q,
        case
            when within_variance > 0
                then
                    (
                        mean_value ^ 2
                        + greatest(variance_of_means - within_variance * mean_inverse_orders, 0)
                    ) / within_variance
            else 0
        end as p
    from spread
),

expected as (
    select
        customers.*,
        -- (r + x) / (alpha + T) * days, with r = m² / v and alpha = m / v
        coalesce(
            {{ var('value_days') }} * (rates.squared_mean_rate + rates.rate_variance * customers.repeat_orders_count)
            / nullif(rates.mean_rate + rates.rate_variance * customers.observed_days, 0), 0
        ) as expected_orders,
        1 - coalesce(
            (
                (rates.mean_rate + rates.rate_variance * customers.observed_days)
                / nullif(
                    rates.mean_rate + rates.rate_variance * (customers.observed_days + {{ var('value_days') }}), 0
                )
            )::double precision
            ^ (rates.shape + customers.repeat_orders_count),
            1
        ) as order_probability,
        -- the customer's own mean weighs p x, everybody's q - 1
        (
            value_parameters.p * customers.orders_count * customers.mean_order_value
            + (value_parameters.q - 1) * value_parameters.mean_value
        ) / (value_parameters.p * customers.orders_count + value_parameters.q - 1) as expected_order_value
    from customers
    inner join rates on customers.moment = rates.moment
    inner join value_parameters on customers.moment = value_parameters.moment
),

final as (
    select
        moment,
        customer_pseudonym,
        as_of_date,
        orders_count,
        observed_days,
        shop_currency,
        last_period_value,
        total_value,
        round(expected_orders, 6) as expected_orders,
        round(order_probability::numeric, 6) as order_probability,
        round(expected_order_value, 2) as expected_order_value,
        round(expected_orders * expected_order_value, 2) as predicted_value
    from expected
)

select * from final
