with movements as (
    select * from {{ ref('int_sales__dated') }}
),

daily as (
    select
        movement_date as sales_date,
        currency,
        max(shop_currency) as shop_currency,
        count(distinct order_id) filter (where movement_type = 'sale') as orders_count,
        count(distinct order_id) filter (where movement_type = 'cancellation') as cancelled_orders_count,
        coalesce(sum(units_count) filter (where movement_type = 'sale'), 0) as units_count,
        coalesce(sum(units_count) filter (where movement_type = 'return'), 0) as returned_units_count,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(returns_amount) as returns_amount,
        sum(cancellations_amount) as cancellations_amount,
        sum(returns_by_order_date_amount) as returns_by_order_date_amount,
        sum(gross_sales_shop_amount) as gross_sales_shop_amount,
        sum(discounts_shop_amount) as discounts_shop_amount,
        sum(returns_shop_amount) as returns_shop_amount,
        sum(cancellations_shop_amount) as cancellations_shop_amount,
        sum(returns_by_order_date_shop_amount) as returns_by_order_date_shop_amount
    from movements
    group by movement_date, currency
),

final as (
    select
        -- keys
        sales_date,
        currency,

        -- counts
        orders_count::integer as orders_count,
        cancelled_orders_count::integer as cancelled_orders_count,
        units_count::integer as units_count,
        returned_units_count::integer as returned_units_count,

        -- money the customers saw
        gross_sales_amount,
        discounts_amount,
        returns_amount,
        cancellations_amount,
        gross_sales_amount - discounts_amount - returns_amount - cancellations_amount as net_sales_amount,
        returns_by_order_date_amount,

        -- the same in the shop's currency
        shop_currency,
        gross_sales_shop_amount,
        discounts_shop_amount,
        returns_shop_amount,
        cancellations_shop_amount,
        gross_sales_shop_amount - discounts_shop_amount - returns_shop_amount
        - cancellations_shop_amount as net_sales_shop_amount,
        returns_by_order_date_shop_amount
    from daily
)

select * from final
