{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(day_has_changed('sales_date')) }}",
        post_hook="{{ forget_the_rest_of_days('sales_date') }}",
        indexes=[{'columns': ['product_id', 'sales_date'], 'unique': true}, {'columns': ['sales_date']}]
    )
}}

with movements as (
    select * from {{ ref('int_sales__dated') }}
    where {{ day_has_changed('movement_date') }}
),

final as (
    select
        coalesce(product_id, 'unknown') as product_id,
        movement_date as sales_date,
        max(shop_currency) as shop_currency,
        count(distinct order_id) filter (where movement_type = 'sale') as orders_count,
        sum(units_count) filter (where movement_type = 'sale') as units_count,
        sum(units_count) filter (where movement_type = 'return') as returned_units_count,
        sum(gross_sales_shop_amount) as gross_sales_shop_amount,
        sum(discounts_shop_amount) as discounts_shop_amount,
        sum(returns_shop_amount) as returns_shop_amount,
        sum(cancellations_shop_amount) as cancellations_shop_amount,
        sum(cost_shop_amount) as cost_shop_amount,
        sum(
            gross_sales_shop_amount - discounts_shop_amount - returns_shop_amount - cancellations_shop_amount
            - cost_shop_amount
        ) as margin_shop_amount
    from movements
    group by coalesce(product_id, 'unknown'), movement_date
)

select * from final
