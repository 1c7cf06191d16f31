{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(day_has_changed('order_date')) }}",
        post_hook="{{ forget_the_rest_of_days('order_date') }}"
    )
}}

with orders as (
    select * from {{ ref('fct_orders') }}
    where {{ day_has_changed('order_date') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where {{ day_has_changed('order_date') }}
),

order_discounts as (
    select * from {{ ref('stg_shop__order_discounts') }}
    {% if is_increment() %}
        where order_id = any(array(select orders.order_id from orders))
    {% endif %}
),

margins as (
    select
        order_id,
        sum(margin_shop_amount) as margin_shop_amount
    from order_lines
    group by order_id
),

-- what each discount of an order took off its goods, and off its delivery
named as (
    select
        order_id,
        discount_type,
        case
            when discount_type = 'code' then discount_name
            when discount_name <> '' then discount_type || ': ' || discount_name
            else discount_type
        end as label,
        sum(amount) filter (where not is_of_shipping) as goods_amount,
        coalesce(sum(amount) filter (where is_of_shipping), 0) as shipping_amount,
        coalesce(sum(shop_amount) filter (where is_of_shipping), 0) as shipping_shop_amount
    from order_discounts
    group by order_id, discount_type, label
),

labelled as (
    select
        orders.*,
        margins.margin_shop_amount,
        coalesce(named.discount_type, 'none') as discount_type,
        coalesce(named.label, 'none') as label,
        coalesce(named.shipping_amount, 0) as shipping_discounts_amount,
        coalesce(named.shipping_shop_amount, 0) as shipping_discounts_shop_amount,
        row_number() over of_order as discount_number,
        count(*) over (partition by orders.order_id) as order_discounts_count,
        -- a discount's part of its order: of what was taken off the goods, else the same for each
        coalesce(
            named.goods_amount / nullif(sum(named.goods_amount) over (partition by orders.order_id), 0),
            case when sum(named.goods_amount) over (partition by orders.order_id) > 0 then 0 end,
            1.0 / count(*) over (partition by orders.order_id)
        ) as weight
    from orders
    left join named on orders.order_id = named.order_id
    left join margins on orders.order_id = margins.order_id
    window of_order as (partition by orders.order_id order by named.goods_amount asc nulls first, named.label asc)
),

split as (
    select
        order_id,
        order_date,
        currency,
        shop_currency,
        discount_type,
        label,
        is_first_order,
        customer_pseudonym,
        {{ shared_by_discount('units_count', 0) }} as units_count,
        {%- for side, digits in (
            ('amount', currency_digits('currency')), ('shop_amount', currency_digits('shop_currency'))
        ) %}
            {%- for part in ('gross_sales', 'discounts', 'returns', 'cancellations') %}
                {{ shared_by_discount(part ~ '_' ~ side, digits) }} as {{ part }}_{{ side }},
            {%- endfor %}
            shipping_discounts_{{ side }},
        {%- endfor %}
        {{ shared_by_discount('margin_shop_amount', currency_digits('shop_currency')) }} as margin_shop_amount
    from labelled
    window earlier as (
        partition by order_id order by discount_number rows between unbounded preceding and 1 preceding
    )
),

final as (
    select
        -- keys
        order_date,
        currency,
        label as discount_code,

        -- counts
        discount_type,
        discount_type <> 'none' as is_discounted,
        count(*)::integer as orders_count,
        (count(*) filter (where is_first_order))::integer as first_orders_count,
        count(distinct customer_pseudonym)::integer as customers_count,
        sum(units_count)::integer as units_count,

        -- money the customers saw
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(returns_amount) as returns_amount,
        sum(cancellations_amount) as cancellations_amount,
        sum(gross_sales_amount - discounts_amount - returns_amount - cancellations_amount) as net_sales_amount,
        sum(shipping_discounts_amount) as shipping_discounts_amount,

        -- the same in the shop's currency
        max(shop_currency) as shop_currency,
        sum(gross_sales_shop_amount) as gross_sales_shop_amount,
        sum(discounts_shop_amount) as discounts_shop_amount,
        sum(returns_shop_amount) as returns_shop_amount,
        sum(cancellations_shop_amount) as cancellations_shop_amount,
        sum(gross_sales_shop_amount - discounts_shop_amount - returns_shop_amount - cancellations_shop_amount)
            as net_sales_shop_amount,
        sum(shipping_discounts_shop_amount) as shipping_discounts_shop_amount,
        sum(margin_shop_amount) as margin_shop_amount
    from split
    group by order_date, currency, label, discount_type
)

{{ as_contracted('final') }}
