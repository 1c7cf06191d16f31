with touches as (
    select * from {{ ref('fct_order_touches') }}
),

final as (
    select
        -- keys
        order_date,
        channel,
        coalesce(campaign_source, 'none') as campaign_source,

        -- orders, in fractions where several visits share one
        sum(first_share) as first_orders,
        sum(last_share) as last_orders,
        sum(linear_share) as linear_orders,
        sum(position_share) as position_orders,

        -- net sales in the shop's currency
        max(shop_currency) as shop_currency,
        sum(first_net_sales_shop_amount) as first_net_sales_shop_amount,
        sum(last_net_sales_shop_amount) as last_net_sales_shop_amount,
        sum(linear_net_sales_shop_amount) as linear_net_sales_shop_amount,
        sum(position_net_sales_shop_amount) as position_net_sales_shop_amount
    from touches
    group by order_date, channel, coalesce(campaign_source, 'none')
)

select * from final
