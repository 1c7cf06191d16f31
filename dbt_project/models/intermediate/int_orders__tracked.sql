{{
    config(
        materialized='incremental', unique_key='order_id',
        indexes=[{'columns': ['order_id'], 'unique': true}, {'columns': ['changed_at']}]
    )
}}

with orders as not materialized (
    select * from {{ ref('stg_shop__orders') }}
),

order_lines as (
    select * from {{ ref('stg_shop__order_lines') }}
),

variants as (
    select * from {{ ref('int_variants__stocked') }}
    where unit_cost_amount is not null
),

refunds as (
    select * from {{ ref('stg_shop__refunds') }}
),

payments as (
    select * from {{ ref('stg_shop__payments') }}
),

customers as (
    select * from {{ ref('stg_shop__customers') }}
),

currencies as (
    select * from {{ ref('int_shop_currencies__rated') }}
),

-- what of the lines is not the order's own: today's cost, and on Magento today's brand
lined as (
    select
        order_lines.order_id,
        bit_xor(
            hash_record_extended(row(order_lines.order_line_id, variants.unit_cost_amount, order_lines.brand), 0)
        ) as lines_hash
    from order_lines
    left join variants on order_lines.variant_id = variants.variant_id
    group by order_lines.order_id
),

given_back as (
    select
        order_id,
        count(*) as refunds_count,
        max(extracted_at) as extracted_at,
        array_agg(refund_date order by refund_date) as days
    from refunds
    group by order_id
),

paid as (
    select
        order_id,
        count(*) as payments_count,
        sum(payment_book_amount) as payments_book_amount,
        max(extracted_at) as extracted_at,
        array_agg(payment_date order by payment_date) filter (where is_gift_card) as days
    from payments
    group by order_id
),

-- orders that were placed before the first one read (shop_start_date) are counted by the customer's account alone
sequenced as (
    select
        orders.order_id,
        row_number() over (partition by orders.customer_pseudonym order by orders.ordered_at, orders.order_id)
        + greatest(
            coalesce(customers.shop_orders_count, 0) - count(*) over (partition by orders.customer_pseudonym), 0
        ) as customer_order_number
    from orders
    left join customers on orders.customer_pseudonym = customers.customer_pseudonym
    where orders.customer_pseudonym is not null and not orders.is_test
),

-- the hash is of all that the models of orders read; of an order's lines, by the time of its extraction
observed as (
    select
        orders.order_id,
        sequenced.customer_order_number::integer as customer_order_number,
        hash_record_extended(orders, hash_record_extended(
            row(
                sequenced.customer_order_number, currencies.shop_currency, currencies.rate, lined.lines_hash,
                given_back.refunds_count, given_back.extracted_at, given_back.days, paid.payments_count,
                paid.payments_book_amount, paid.extracted_at, paid.days
            ), 0
        )) as state_hash,
        array[orders.order_date, orders.cancellation_date] || given_back.days || paid.days as days
    from orders
    inner join currencies on orders.shop_currency = currencies.book_currency
    left join sequenced on orders.order_id = sequenced.order_id
    left join lined on orders.order_id = lined.order_id
    left join given_back on orders.order_id = given_back.order_id
    left join paid on orders.order_id = paid.order_id
),

final as (
    {% if is_increment() %}
        -- the row of an order that is gone stays, without a state; its days, and those of earlier states, stay too
        select
            coalesce(observed.order_id, known.order_id) as order_id,
            observed.customer_order_number,
            observed.state_hash,
            (
                select coalesce(jsonb_agg(distinct counted.day), '[]')
                from (
                    select jsonb_array_elements_text(known.days)::date as day
                    union all
                    select unnest(observed.days) as day
                ) as counted
                where counted.day is not null
            ) as days,
            now() as changed_at
        from observed
        full join {{ this }} as known on observed.order_id = known.order_id
        where observed.state_hash is distinct from known.state_hash {{ or_of_backfilled_days('observed', 'known') }}
    {% else %}
        select
            order_id,
            customer_order_number,
            state_hash,
            (
                select coalesce(jsonb_agg(distinct counted.day), '[]')
                from unnest(observed.days) as counted (day)
                where counted.day is not null
            ) as days,
            now() as changed_at
        from observed
    {% endif %}
)

select * from final
