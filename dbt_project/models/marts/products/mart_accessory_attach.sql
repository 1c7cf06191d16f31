with order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where not is_cancelled and units_count > 0
),

products as (
    select * from {{ ref('dim_products') }}
),

lines as (
    select
        order_lines.order_id,
        order_lines.order_line_id,
        date_trunc('month', order_lines.order_date)::date as month_start_date,
        coalesce(products.category, 'Unknown') as category,
        order_lines.gross_sales_shop_amount / order_lines.units_count as unit_price,
        order_lines.units_count,
        order_lines.shop_currency,
        order_lines.net_sales_shop_amount
    from order_lines
    left join products on order_lines.product_id = products.product_id
),

mains as (
    select distinct on (order_id) *
    from lines
    order by order_id asc, unit_price desc, order_line_id asc
),

accessories as (
    select
        mains.month_start_date,
        mains.category as main_category,
        lines.category as accessory_category,
        lines.order_id,
        lines.units_count,
        lines.net_sales_shop_amount
    from lines
    inner join mains on lines.order_id = mains.order_id
    where lines.category <> mains.category and lines.unit_price <= 0.5 * mains.unit_price
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
        category as main_category,
        count(*) as orders_count,
        max(shop_currency) as shop_currency
    from mains
    group by month_start_date, category
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
