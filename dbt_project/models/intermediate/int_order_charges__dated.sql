{{
    config(
        materialized='incremental', pre_hook="{{ forget_rows(order_has_changed()) }}",
        post_hook="{{ forget_the_rest_of_days('movement_date') }}",
        indexes=[{'columns': ['order_id', 'charge_type', 'movement_type', 'movement_date'], 'unique': true}, {'columns': ['movement_date']}]
    )
}}

with orders as (
    select * from {{ ref('stg_shop__orders') }}
    where not is_test and {{ order_has_changed() }}
),

order_charges as (
    select * from {{ ref('stg_shop__order_charges') }}
    where {{ order_has_changed() }}
),

order_lines as (
    select * from {{ ref('stg_shop__order_lines') }}
    where {{ order_has_changed() }}
),

refunds as (
    select * from {{ ref('stg_shop__refunds') }}
    where {{ order_has_changed() }}
),

refund_charges as (
    select * from {{ ref('stg_shop__refund_charges') }}
    where {{ order_has_changed() }}
),

refund_lines as (
    select * from {{ ref('stg_shop__refund_lines') }}
    where {{ order_has_changed() }}
),

currencies as (
    select * from {{ ref('int_shop_currencies__rated') }}
),

-- lines that are no goods
others as (
    select
        order_line_id,
        order_id,
        case line_type when 'tip' then 'tips' else 'gift_cards' end as charge_type,
        listed_amount - discount_amount as amount,
        listed_shop_amount - discount_shop_amount as shop_amount
    from order_lines
    where line_type <> 'product'
),

without_goods as (
    select order_id
    from order_lines
    group by order_id
    having not bool_or(line_type = 'product')
),

sales as (
    select
        order_id,
        charge_type,
        amount,
        shop_amount
    from order_charges
    union all
    select
        order_id,
        charge_type,
        amount,
        shop_amount
    from others
),

given_back as (
    select
        refund_charges.order_id,
        refund_charges.refund_id,
        -- goodwill is a return of goods, unless there are none: see int_refund_lines__priced
        case refund_charges.charge_type when 'goods' then 'gift_cards' else refund_charges.charge_type end
            as charge_type,
        refund_charges.amount,
        refund_charges.shop_amount
    from refund_charges
    left join without_goods on refund_charges.order_id = without_goods.order_id
    where refund_charges.charge_type <> 'goods' or without_goods.order_id is not null
    union all
    select
        order_id,
        refund_id,
        'tax' as charge_type,
        tax_amount as amount,
        tax_shop_amount as shop_amount
    from refund_lines
    union all
    select
        refund_lines.order_id,
        refund_lines.refund_id,
        others.charge_type,
        refund_lines.subtotal_amount as amount,
        refund_lines.subtotal_shop_amount as shop_amount
    from refund_lines
    inner join others on refund_lines.order_line_id = others.order_line_id
),

movements as (
    select
        sales.order_id,
        sales.charge_type,
        'sale' as movement_type,
        orders.order_date as movement_date,
        sales.amount,
        {{ in_shop_currency('sales.shop_amount') }} as shop_amount,
        sales.shop_amount as book_amount
    from sales
    inner join orders on sales.order_id = orders.order_id
    inner join currencies on orders.shop_currency = currencies.book_currency
    union all
    select
        given_back.order_id,
        given_back.charge_type,
        'refund' as movement_type,
        refunds.refund_date as movement_date,
        -given_back.amount as amount,
        -{{ in_shop_currency('given_back.shop_amount') }} as shop_amount,
        -given_back.shop_amount as book_amount
    from given_back
    inner join refunds on given_back.refund_id = refunds.refund_id
    inner join orders on given_back.order_id = orders.order_id
    inner join currencies on orders.shop_currency = currencies.book_currency
),

-- what is left of a cancelled order on the day of its cancellation
cancelled as (
    select
        movements.order_id,
        movements.charge_type,
        'cancellation' as movement_type,
        orders.cancellation_date as movement_date,
        -sum(movements.amount) as amount,
        -sum(movements.shop_amount) as shop_amount,
        -sum(movements.book_amount) as book_amount
    from movements
    inner join orders on movements.order_id = orders.order_id
    where orders.is_cancelled
    group by movements.order_id, movements.charge_type, orders.cancellation_date
),

all_movements as (
    select * from movements
    union all
    select * from cancelled
),

final as (
    select
        -- keys
        all_movements.order_id,
        all_movements.charge_type,
        all_movements.movement_type,
        all_movements.movement_date,

        -- money: what the customer owes, negative where they owe less
        orders.currency,
        sum(all_movements.amount) as amount,
        currencies.shop_currency,
        sum(all_movements.shop_amount) as shop_amount,
        orders.shop_currency as book_currency,
        sum(all_movements.book_amount) as book_amount
    from all_movements
    inner join orders on all_movements.order_id = orders.order_id
    inner join currencies on orders.shop_currency = currencies.book_currency
    where all_movements.amount <> 0 or all_movements.shop_amount <> 0
    group by
        all_movements.order_id, all_movements.charge_type, all_movements.movement_type, all_movements.movement_date,
        orders.currency, currencies.shop_currency, orders.shop_currency
)

select * from final
