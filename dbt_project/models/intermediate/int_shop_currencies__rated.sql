with orders as not materialized (
    select * from {{ ref('stg_shop__orders') }}
),

-- what the newest order is booked in is the shop's currency today
newest as (
    select shop_currency
    from orders
    order by created_at desc, order_id desc
    limit 1
),

books as (
    select
        shop_currency as book_currency,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        count(*) as orders_count
    from orders
    group by shop_currency
),

final as (
    select
        books.book_currency,
        newest.shop_currency,
        {{ fixed_rate('books.book_currency', 'newest.shop_currency') }} as rate,
        books.first_order_date,
        books.last_order_date,
        books.orders_count
    from books
    cross join newest
)

select * from final
