with predictions as not materialized (
    select * from {{ ref('int_customers__predicted') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
    where customer_pseudonym is not null and net_sales_shop_amount > 0
),

current_predictions as (
    select * from predictions
    where moment = 'now'
),

held_back as (
    select * from predictions
    where moment = 'held back'
),

came as (
    select
        held_back.customer_pseudonym,
        coalesce(sum(orders.net_sales_shop_amount), 0) as value
    from held_back
    left join orders
        on held_back.customer_pseudonym = orders.customer_pseudonym and held_back.as_of_date < orders.order_date
    group by held_back.customer_pseudonym
),

final as (
    select
        -- ids
        current_predictions.customer_pseudonym,

        -- up to now
        current_predictions.orders_count::integer as orders_count,
        current_predictions.observed_days,
        current_predictions.shop_currency,
        current_predictions.total_value as net_sales_shop_amount,

        -- the days to come
        current_predictions.expected_orders,
        current_predictions.order_probability,
        current_predictions.expected_order_value as expected_order_shop_amount,
        current_predictions.predicted_value as predicted_value_shop_amount,
        current_predictions.last_period_value as naive_value_shop_amount,

        -- the days held back: what both would have predicted, and what came
        held_back.predicted_value as held_back_predicted_shop_amount,
        held_back.last_period_value as held_back_naive_shop_amount,
        came.value as held_back_actual_shop_amount,

        -- times
        current_predictions.as_of_date
    from current_predictions
    left join held_back on current_predictions.customer_pseudonym = held_back.customer_pseudonym
    left join came on current_predictions.customer_pseudonym = came.customer_pseudonym
)

select * from final
