with order_lines as (
    select * from {{ ref('int_order_lines__attached') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

lines as (
    select
        order_lines.order_id,
        date_trunc('month', order_lines.order_date)::date as month_start_date,
        order_lines.is_main,
        coalesce(main_products.category, 'Unknown') as main_category,
        coalesce(products.category, 'Unknown') as category,
        order_lines.units_count,
        order_lines.shop_currency,
        order_lines.net_sales_shop_amount
    from order_lines
    left join products as main_products on order_lines.main_product_id = main_products.product_id
    left join products on order_lines.product_id = products.product_id
),

accessories as (
    select
        month_start_date,
        main_category,
        category as accessory_category,
        order_id,
        units_count,
        net_sales_shop_amount
    from lines
    where not is_main and category <> main_category
),

counted as (
    select * from accessories
    union all
    select
        month_start_date,
        main_category,
        'any' as accessory_category,
        order_id,
        units_count,
        net_sales_shop_amount
    from accessories
),

attached as (
    select
        month_start_date,
        main_category,
        accessory_category,
        count(distinct order_id) as orders_count,
        sum(units_count) as units_count,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from counted
    group by month_start_date, main_category, accessory_category
),

base as (
    select
        month_start_date,
        main_category,
        count(*) as orders_count,
        max(shop_currency) as shop_currency
    from lines
    where is_main
    group by month_start_date, main_category
),

-- every combination that ever occurred has a row in each month, so that a month without it is a zero and not a gap
combinations as (
    select
        main_category,
        accessory_category
    from attached
    union
    select
        main_category,
        'any' as accessory_category
    from base
),

final as (
    select
        -- keys
        base.month_start_date,
        base.main_category,
        combinations.accessory_category,

        -- counts
        base.orders_count::integer as orders_count,
        coalesce(attached.orders_count, 0)::integer as attached_orders_count,
        {{ ratio('coalesce(attached.orders_count, 0)', 'base.orders_count') }} as attach_rate,
        coalesce(attached.units_count, 0)::integer as accessory_units_count,

        -- money in the shop's currency
        base.shop_currency,
        coalesce(attached.net_sales_shop_amount, 0) as accessory_net_sales_shop_amount
    from base
    inner join combinations on base.main_category = combinations.main_category
    left join attached
        on
            base.month_start_date = attached.month_start_date
            and base.main_category = attached.main_category
            and combinations.accessory_category = attached.accessory_category
)

select * from final
