with recommendations as (
    select * from {{ ref('fct_recommendation_events') }}
    where not is_bot
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

sales as (
    select
        order_id,
        product_id,
        sum(units_count) as units_count,
        sum(net_sales_shop_amount) as net_sales_shop_amount
    from order_lines
    group by order_id, product_id
),

books as (
    select max(shop_currency) as shop_currency from order_lines
),

credited as (
    select
        recommendations.*,
        case when recommendations.is_credited then coalesce(sales.units_count, 0) else 0 end as units_count,
        case
            when recommendations.is_credited then coalesce(sales.net_sales_shop_amount, 0)
            else 0
        end as net_sales_shop_amount
    from recommendations
    left join sales
        on recommendations.order_id = sales.order_id and recommendations.product_id = sales.product_id
),

final as (
    select
        -- keys
        credited.event_date,
        credited.recommendation_slot,
        credited.algorithm,

        -- what it is
        bool_or(credited.is_fallback) as is_fallback,

        -- counts
        count(distinct credited.visitor_id)::integer as visitors_count,
        (count(*) filter (where credited.recommendation_event_type = 'show'))::integer as shown_count,
        (count(*) filter (where credited.recommendation_event_type = 'click'))::integer as clicked_count,
        (count(*) filter (where credited.recommendation_event_type = 'show' and credited.is_bought))::integer
            as shown_and_bought_count,
        (count(*) filter (where credited.is_credited))::integer as clicked_and_bought_count,
        sum(credited.units_count)::integer as units_count,

        -- money in the shop's books
        max(books.shop_currency) as shop_currency,
        sum(credited.net_sales_shop_amount) as net_sales_shop_amount
    from credited
    cross join books
    group by credited.event_date, credited.recommendation_slot, credited.algorithm
)

select * from final
