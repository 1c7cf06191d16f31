{{
    config(
        indexes=[
            {'columns': ['order_id'], 'unique': true}, {'columns': ['order_date']}, {'columns': ['cancellation_date']}
        ]
    )
}}

-- an order with a zero date, which a migration left, has no day to count on: gate_raw names it
with source as (
    {{ newest_rows('raw_magento', 'orders', 'entity_id', where='created_at is not null') }}
),

pseudonyms as (
    select * from {{ source('pii', 'customer_pseudonyms') }}
),

items as (
    select
        source.entity_id,
        sum({{ number_of('found.item', 'qty_ordered') }}) as ordered_count,
        sum({{ number_of('found.item', 'qty_shipped') }}) as shipped_count,
        max({{ magento_time("found.item ->> 'updated_at'") }}) as changed_at
    from source
    cross join lateral jsonb_path_query(source.items, '$[*]') as found (item)
    group by source.entity_id
),

-- Magento has no column for the time of a cancellation: it is in the order's history where somebody noted it, else it
-- is the last change of the items, which later changes of the order itself leave alone
cancellations as (
    select
        source.entity_id,
        coalesce(
            source.canceled_at, items.changed_at, {{ known_change('source.updated_at') }}, source.created_at
        ) as cancelled_at
    from source
    left join items on source.entity_id = items.entity_id
    where source.state = 'canceled'
),

final as (
    select
        -- ids
        source.entity_id::text as order_id,
        pseudonyms.customer_pseudonym,

        -- what it is
        '#' || source.increment_id as order_name,
        source.order_currency_code as currency,
        source.base_currency_code as shop_currency,
        coalesce(nullif(source.shipping_country_id, ''), nullif(source.billing_country_id, '')) as country_code,
        case when source.is_placed_by_customer then 'web' else 'admin' end as source_name,
        case
            when source.state = 'canceled' then 'voided'
            -- an order is closed when all its goods are refunded, even where the delivery is not
            when
                coalesce(source.total_refunded, 0) > 0
                and (source.state = 'closed' or source.total_refunded >= source.total_paid)
                then 'refunded'
            when coalesce(source.total_refunded, 0) > 0 then 'partially_refunded'
            when source.total_paid >= source.grand_total then 'paid'
            when source.total_paid > 0 then 'partially_paid'
            else 'pending'
        end as financial_status,
        case
            when coalesce(items.shipped_count, 0) = 0 then 'unfulfilled'
            when items.shipped_count < items.ordered_count then 'partial'
            else 'fulfilled'
        end as fulfillment_status,
        -- Magento keeps no reason
        null::text as cancel_reason,
        nullif(source.coupon_code, '') as discount_code,
        source.customer_id is not null as has_customer,
        -- Magento's test payments are known to its payment modules only
        false as is_test,
        -- prices on Magento's orders are without tax, whatever the catalogue shows
        false as has_taxes_included,
        cancellations.entity_id is not null as is_cancelled,

        -- money, as the customer paid it and in the shop's currency
        coalesce(source.tax_amount, 0) as tax_amount,
        coalesce(source.base_tax_amount, 0) as tax_shop_amount,
        coalesce(source.shipping_amount, 0) as shipping_amount,
        coalesce(source.base_shipping_amount, 0) as shipping_shop_amount,
        source.grand_total as total_amount,
        source.base_grand_total as total_shop_amount,

        -- times
        source.created_at as ordered_at,
        {{ shop_date('source.created_at') }} as order_date,
        source.created_at,
        cancellations.cancelled_at,
        {{ shop_date('cancellations.cancelled_at') }} as cancellation_date,
        source.updated_at,
        source._airbyte_extracted_at as extracted_at
    from source
    left join items on source.entity_id = items.entity_id
    left join cancellations on source.entity_id = cancellations.entity_id
    left join pseudonyms on source.customer_id = pseudonyms.customer_id
)

select * from final
