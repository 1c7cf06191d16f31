{{ config(indexes=[{'columns': ['refund_line_id'], 'unique': true}, {'columns': ['order_id']}]) }}

with credit_memos as (
    {{ credit_memos() }}
),

orders as (
    {{ newest_rows('raw_magento', 'orders', 'entity_id', where='created_at is not null') }}
),

-- credit memos list the parts of configurable products and bundles, too; they belong to the line of the upper item
order_items as (
    select
        orders.entity_id as order_id,
        orders.state,
        orders.order_currency_code,
        orders.base_currency_code,
        orders._airbyte_extracted_at,
        found.item,
        found.item ->> 'item_id' as item_id,
        coalesce(found.item ->> 'parent_item_id', found.item ->> 'item_id') as order_line_id,
        found.item ->> 'parent_item_id' is not null as is_part,
        {{ number_of('found.item', 'qty_ordered') }} as ordered_count
    from orders
    cross join lateral jsonb_path_query(orders.items, '$[*]') as found (item)
),

-- a bundle whose parts have the prices: how many of each make one bundle
bundle_parts as (
    select
        parts.order_line_id,
        parts.item_id,
        parts.ordered_count / wholes.ordered_count as per_bundle_count
    from order_items as parts
    inner join order_items as wholes on parts.order_line_id = wholes.item_id
    where
        parts.is_part and wholes.item ->> 'product_type' is distinct from 'configurable'
        and {{ number_of('parts.item', 'row_total') }} > 0 and wholes.ordered_count > 0
),

bundles as (
    select distinct order_line_id
    from bundle_parts
),

memo_items as (
    select
        credit_memos.entity_id as refund_id,
        credit_memos.order_id,
        credit_memos.refunded_at,
        credit_memos._airbyte_extracted_at,
        found.item,
        order_items.item_id,
        order_items.order_line_id,
        {{ number_of('found.item', 'qty') }} as returned_count,
        coalesce(order_items.is_part, false) as is_part
    from credit_memos
    cross join lateral jsonb_path_query(credit_memos.items, '$[*] ? (@.qty > 0)') as found (item)
    inner join order_items on found.item ->> 'order_item_id' = order_items.item_id
    -- 3: cancelled
    where credit_memos.state <> 3
),

memos_of_lines as (
    select distinct
        order_line_id,
        refund_id,
        refunded_at
    from memo_items
),

-- Magento repeats such a bundle with its whole quantity for one part of it: a bundle is back when all its parts are
bundle_returns as (
    select
        memos.order_line_id,
        memos.refund_id,
        bundle_parts.item_id,
        coalesce(sum(memo_items.returned_count), 0) / bundle_parts.per_bundle_count as bundles_count
    from memos_of_lines as memos
    inner join bundle_parts on memos.order_line_id = bundle_parts.order_line_id
    left join memo_items
        on
            bundle_parts.item_id = memo_items.item_id
            and (memo_items.refunded_at, memo_items.refund_id) <= (memos.refunded_at, memos.refund_id)
    group by memos.order_line_id, memos.refund_id, bundle_parts.item_id, bundle_parts.per_bundle_count
),

bundles_back as (
    select
        order_line_id,
        refund_id,
        floor(min(bundles_count)) as until_now_count
    from bundle_returns
    group by order_line_id, refund_id
),

bundle_units as (
    select
        bundles_back.order_line_id,
        bundles_back.refund_id,
        bundles_back.until_now_count
        - lag(bundles_back.until_now_count, 1, 0) over (
            partition by bundles_back.order_line_id order by memos.refunded_at, bundles_back.refund_id
        ) as units_count
    from bundles_back
    inner join credit_memos as memos on bundles_back.refund_id = memos.entity_id
),

-- only the upper item or its parts have amounts, so the sum is what was refunded
given_back as (
    select
        min((memo_items.item ->> 'entity_id')::bigint)::text as refund_line_id,
        memo_items.refund_id::text as refund_id,
        memo_items.order_id::text as order_id,
        memo_items.order_line_id,
        null::text as restock_type,
        coalesce(
            max(bundle_units.units_count),
            max(memo_items.returned_count) filter (where not memo_items.is_part),
            max(memo_items.returned_count)
        )::integer as units_count,
        sum(
            {{ number_of('memo_items.item', 'row_total') }} - {{ number_of('memo_items.item', 'discount_amount') }}
            + {{ number_of('memo_items.item', 'discount_tax_compensation_amount') }}
        ) as subtotal_amount,
        sum(
            {{ number_of('memo_items.item', 'base_row_total') }}
            - {{ number_of('memo_items.item', 'base_discount_amount') }}
            + {{ number_of('memo_items.item', 'base_discount_tax_compensation_amount') }}
        ) as subtotal_shop_amount,
        sum({{ number_of('memo_items.item', 'tax_amount') }}) as tax_amount,
        sum({{ number_of('memo_items.item', 'base_tax_amount') }}) as tax_shop_amount,
        max(memo_items._airbyte_extracted_at) as extracted_at
    from memo_items
    left join bundle_units
        on memo_items.order_line_id = bundle_units.order_line_id and memo_items.refund_id = bundle_units.refund_id
    group by memo_items.refund_id, memo_items.order_id, memo_items.order_line_id
),

-- units cancelled while the rest of the order stands: how many of each line, and what the complete line was sold for
shortened as (
    select
        order_items.order_id,
        order_items.order_line_id,
        max(order_items.order_currency_code) as currency,
        max(order_items.base_currency_code) as shop_currency,
        max({{ number_of('order_items.item', 'qty_canceled') }}) filter (where not order_items.is_part)
            as units_count,
        max(order_items.ordered_count) filter (where not order_items.is_part) as ordered_count,
        -- of such a bundle only the parts say what was cancelled
        floor(min(
            {{ number_of('order_items.item', 'qty_canceled') }} / bundle_parts.per_bundle_count
        )) as bundles_count,
        sum(
            case
                when order_items.is_part and bundle_parts.item_id is null then 0
                when not order_items.is_part and bundles.order_line_id is not null then 0
                else {{ number_of('order_items.item', 'row_total') }}
            end
            - {{ number_of('order_items.item', 'discount_amount') }}
            + {{ number_of('order_items.item', 'discount_tax_compensation_amount') }}
        ) as sold_amount,
        sum(
            case
                when order_items.is_part and bundle_parts.item_id is null then 0
                when not order_items.is_part and bundles.order_line_id is not null then 0
                else {{ number_of('order_items.item', 'base_row_total') }}
            end
            - {{ number_of('order_items.item', 'base_discount_amount') }}
            + {{ number_of('order_items.item', 'base_discount_tax_compensation_amount') }}
        ) as sold_shop_amount,
        max({{ number_of('order_items.item', 'tax_amount') }}) filter (where not order_items.is_part) as tax_amount,
        max({{ number_of('order_items.item', 'base_tax_amount') }}) filter (where not order_items.is_part)
            as tax_shop_amount,
        max(order_items._airbyte_extracted_at) as extracted_at
    from order_items
    left join bundle_parts on order_items.item_id = bundle_parts.item_id
    left join bundles on order_items.order_line_id = bundles.order_line_id
    where order_items.state <> 'canceled'
    group by order_items.order_id, order_items.order_line_id
),

counted as (
    select
        *,
        greatest(units_count, coalesce(bundles_count, 0)) as cancelled_count
    from shortened
),

called_off as (
    select
        'cancelled-' || order_line_id as refund_line_id,
        'cancelled-' || order_id as refund_id,
        order_id::text as order_id,
        order_line_id,
        'cancel' as restock_type,
        cancelled_count::integer as units_count,
        round(sold_amount * cancelled_count / ordered_count, {{ currency_digits('currency') }}) as subtotal_amount,
        round(sold_shop_amount * cancelled_count / ordered_count, {{ currency_digits('shop_currency') }})
            as subtotal_shop_amount,
        round(tax_amount * cancelled_count / ordered_count, {{ currency_digits('currency') }}) as tax_amount,
        round(tax_shop_amount * cancelled_count / ordered_count, {{ currency_digits('shop_currency') }})
            as tax_shop_amount,
        extracted_at
    from counted
    where cancelled_count > 0 and ordered_count > 0
),

final as (
    select * from given_back
    union all
    select * from called_off
)

select * from final
