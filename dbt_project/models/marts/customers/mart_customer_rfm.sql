with orders as not materialized (
    select * from {{ ref('fct_orders') }}
    where customer_pseudonym is not null and not is_cancelled
),

newest as (
    select max(order_date) as as_of_date from orders
),

customers as (
    select
        customer_pseudonym,
        max(order_date) as last_order_date,
        count(*) as orders_count,
        max(shop_currency) as shop_currency,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from orders
    group by customer_pseudonym
),

-- fifths by the share of customers who are worse; equal values get equal scores
scored as (
    select
        customers.*,
        newest.as_of_date,
        newest.as_of_date - customers.last_order_date as recency_days,
        least(5, 1 + floor(5 * percent_rank() over (order by customers.last_order_date)))::integer as recency_score,
        least(5, 1 + floor(5 * percent_rank() over (order by customers.orders_count)))::integer as frequency_score,
        least(
            5, 1 + floor(5 * percent_rank() over (order by customers.net_sales_shop_amount))
        )::integer as monetary_score
    from customers
    cross join newest
),

final as (
    select
        -- ids
        customer_pseudonym,

        -- what it is
        case
            when recency_score >= 4 and frequency_score >= 4 then 'champions'
            when recency_score = 3 and frequency_score >= 4 then 'loyal'
            when recency_score <= 2 and frequency_score >= 4 then 'at risk'
            when recency_score >= 4 and orders_count = 1 then 'new'
            when recency_score >= 4 then 'promising'
            when recency_score = 3 then 'needing attention'
            when recency_score = 2 then 'about to sleep'
            else 'lost'
        end as segment,
        recency_score,
        frequency_score,
        monetary_score,

        -- what it is made of
        recency_days,
        orders_count::integer as orders_count,
        shop_currency,
        net_sales_shop_amount,

        -- times
        last_order_date,
        as_of_date
    from scored
)

select * from final
