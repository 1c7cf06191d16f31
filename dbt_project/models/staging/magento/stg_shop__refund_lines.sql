with credit_memos as (
    {{ newest_rows('raw_magento', 'credit_memos', 'entity_id') }}
),

orders as (
    {{ newest_rows('raw_magento', 'orders', 'entity_id') }}
),

-- credit memos list the parts of configurable products and bundles, too; they belong to the line of the upper item
order_items as (
    select
        orders.entity_id as order_id,
        orders.state,
        found.item,
        found.item ->> 'item_id' as item_id,
        coalesce(found.item ->> 'parent_item_id', found.item ->> 'item_id') as order_line_id,
        found.item ->> 'parent_item_id' is not null as is_part
    from orders
    cross join lateral jsonb_path_query(orders.items, '$[*]') as found (item)
),

memo_items as (
    select
        credit_memos.entity_id as refund_id,
        credit_memos.order_id,
        found.item,
        order_items.order_line_id,
        coalesce(order_items.is_part, false) as is_part
    from credit_memos
    cross join lateral jsonb_path_query(credit_memos.items, '$[*] ? (@.qty > 0)') as found (item)
    inner join order_items on found.item ->> 'order_item_id' = order_items.item_id
    -- 3: cancelled
    where credit_memos.state <> 3
),

-- only the upper item or its parts have amounts, so the sum is what was refunded
given_back as (
    select
        min((item ->> 'entity_id')::bigint)::text as refund_line_id,
        refund_id::text as refund_id,
        order_id::text as order_id,
        order_line_id,
        null::text as restock_type,
        coalesce(
            max({{ number_of('item', 'qty') }}) filter (where not is_part), max({{ number_of('item', 'qty') }})
        )::integer as units_count,
        sum(
            {{ number_of('item', 'row_total') }} - {{ number_of('item', 'discount_amount') }}
            + {{ number_of('item', 'discount_tax_compensation_amount') }}
        ) as subtotal_amount,
        sum(
            {{ number_of('item', 'base_row_total') }} - {{ number_of('item', 'base_discount_amount') }}
            + {{ number_of('item', 'base_discount_tax_compensation_amount') }}
        ) as subtotal_shop_amount,
        sum({{ number_of('item', 'tax_amount') }}) as tax_amount,
        sum({{ number_of('item', 'base_tax_amount') }}) as tax_shop_amount
    from memo_items
    group by refund_id, order_id, order_line_id
),

-- units cancelled while the rest of the order stands: how many of each line, and what the complete line was sold for
shortened as (
    select
        order_id,
        order_line_id,
        max({{ number_of('item', 'qty_canceled') }}) filter (where not is_part) as units_count,
        max({{ number_of('item', 'qty_ordered') }}) filter (where not is_part) as ordered_count,
        sum(
            case when is_part then 0 else {{ number_of('item', 'row_total') }} end
            - {{ number_of('item', 'discount_amount') }} + {{ number_of('item', 'discount_tax_compensation_amount') }}
        ) as sold_amount,
        sum(
            case when is_part then 0 else {{ number_of('item', 'base_row_total') }} end
            - {{ number_of('item', 'base_discount_amount') }}
            + {{ number_of('item', 'base_discount_tax_compensation_amount') }}
        ) as sold_shop_amount,
        max({{ number_of('item', 'tax_amount') }}) filter (where not is_part) as tax_amount,
        max({{ number_of('item', 'base_tax_amount') }}) filter (where not is_part) as tax_shop_amount
    from order_items
    where state <> 'canceled'
    group by order_id, order_line_id
),

called_off as (
    select
        'cancelled-' || order_line_id as refund_line_id,
        'cancelled-' || order_id as refund_id,
        order_id::text as order_id,
        order_line_id,
        'cancel' as restock_type,
        units_count::integer as units_count,
        round(sold_amount * units_count / ordered_count, 2) as subtotal_amount,
        round(sold_shop_amount * units_count / ordered_count, 2) as subtotal_shop_amount,
        round(tax_amount * units_count / ordered_count, 2) as tax_amount,
        round(tax_shop_amount * units_count / ordered_count, 2) as tax_shop_amount
    from shortened
    where units_count > 0 and ordered_count > 0
),

final as (
    select * from given_back
    union all
    select * from called_off
)

select * from final
