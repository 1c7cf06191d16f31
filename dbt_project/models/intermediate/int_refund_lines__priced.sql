with refund_lines as (
    select * from {{ ref('stg_shop__refund_lines') }}
),

refunds as (
    select * from {{ ref('stg_shop__refunds') }}
),

orders as (
    select * from {{ ref('stg_shop__orders') }}
    where not is_test
),

final as (
    select
        refund_lines.refund_line_id,
        refund_lines.refund_id,
        refund_lines.order_id,
        refund_lines.order_line_id,
        refund_lines.restock_type,
        orders.currency,
        orders.shop_currency,
        refund_lines.units_count,
        -- without tax, as sales are counted
        refund_lines.subtotal_amount
        - case when orders.has_taxes_included then refund_lines.tax_amount else 0 end as returns_amount,
        refund_lines.subtotal_shop_amount
        - case when orders.has_taxes_included then refund_lines.tax_shop_amount else 0 end as returns_shop_amount,
        refunds.refunded_at,
        refunds.refund_date,
        orders.order_date
    from refund_lines
    inner join refunds on refund_lines.refund_id = refunds.refund_id
    inner join orders on refund_lines.order_id = orders.order_id
)

select * from final
