with orders as (
    select * from {{ ref('fct_orders') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

margins as (
    select
        order_id,
        sum(margin_shop_amount) as margin_shop_amount
    from order_lines
    group by order_id
),

labelled as (
    select
        orders.*,
        margins.margin_shop_amount,
        coalesce(
            nullif(upper(trim(orders.discount_code)), ''),
            case when orders.discounts_amount > 0 then 'automatic' else 'none' end
        ) as label
    from orders
    left join margins on orders.order_id = margins.order_id
),

final as (
    select
        -- keys
        order_date,
        currency,
        label as discount_code,

        -- counts
        label <> 'none' as is_discounted,
        count(*)::integer as orders_count,
        (count(*) filter (where is_first_order))::integer as first_orders_count,
        count(distinct customer_pseudonym)::integer as customers_count,
        sum(units_count)::integer as units_count,

        -- money the customers saw
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(returns_amount) as returns_amount,
        sum(cancellations_amount) as cancellations_amount,
        sum(net_sales_amount) as net_sales_amount,

        -- the same in the shop's currency
        max(shop_currency) as shop_currency,
        sum(gross_sales_shop_amount) as gross_sales_shop_amount,
        sum(discounts_shop_amount) as discounts_shop_amount,
        sum(returns_shop_amount) as returns_shop_amount,
        sum(cancellations_shop_amount) as cancellations_shop_amount,
        sum(net_sales_shop_amount) as net_sales_shop_amount,
        sum(margin_shop_amount) as margin_shop_amount
    from labelled
    group by order_date, currency, label
)

select * from final
