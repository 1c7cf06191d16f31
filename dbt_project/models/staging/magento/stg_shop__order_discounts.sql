{{ config(indexes=[{'columns': ['order_id']}]) }}

-- Magento takes one coupon for an order; what rules without a coupon took off is not told apart
with orders as (
    {{ newest_rows('raw_magento', 'orders', 'entity_id', where='created_at is not null') }}
),

items as (
    select
        orders.entity_id,
        coalesce(found.item ->> 'parent_item_id', found.item ->> 'item_id') as order_line_id,
        sum(
            {{ number_of('found.item', 'discount_amount') }}
            - {{ number_of('found.item', 'discount_tax_compensation_amount') }}
        ) as amount,
        sum(
            {{ number_of('found.item', 'base_discount_amount') }}
            - {{ number_of('found.item', 'base_discount_tax_compensation_amount') }}
        ) as shop_amount,
        sum({{ number_of('found.item', 'discount_amount') }}) as stated_amount,
        sum({{ number_of('found.item', 'base_discount_amount') }}) as stated_shop_amount
    from orders
    cross join lateral jsonb_path_query(orders.items, '$[*]') as found (item)
    group by orders.entity_id, coalesce(found.item ->> 'parent_item_id', found.item ->> 'item_id')
),

of_lines as (
    select
        entity_id,
        sum(stated_amount) as stated_amount,
        sum(stated_shop_amount) as stated_shop_amount
    from items
    group by entity_id
),

given as (
    select
        entity_id,
        order_line_id,
        false as is_of_shipping,
        amount,
        shop_amount
    from items
    where amount <> 0 or shop_amount <> 0
    union all
    select
        orders.entity_id,
        null::text as order_line_id,
        true as is_of_shipping,
        -coalesce(orders.discount_amount, 0) - of_lines.stated_amount as amount,
        -coalesce(orders.base_discount_amount, 0) - of_lines.stated_shop_amount as shop_amount
    from orders
    inner join of_lines on orders.entity_id = of_lines.entity_id
    where -coalesce(orders.discount_amount, 0) > of_lines.stated_amount
    union all
    -- a coupon that took nothing off was used, too
    select
        entity_id,
        null::text as order_line_id,
        false as is_of_shipping,
        0 as amount,
        0 as shop_amount
    from orders
    where coupon_code <> ''
),

final as (
    select
        -- ids
        given.entity_id::text as order_id,
        given.order_line_id,

        -- what it is
        case when orders.coupon_code <> '' then 'code' else 'automatic' end as discount_type,
        upper(trim(nullif(orders.coupon_code, ''))) as discount_name,
        given.is_of_shipping,

        -- money
        given.amount,
        given.shop_amount,

        -- times
        orders._airbyte_extracted_at as extracted_at
    from given
    inner join orders on given.entity_id = orders.entity_id
)

select * from final
