with variants as (
    select * from {{ ref('stg_shop__variants') }}
),

inventory_items as (
    select * from {{ ref('stg_shop__inventory_items') }}
),

inventory_levels as (
    select * from {{ ref('stg_shop__inventory_levels') }}
),

stock as (
    select
        inventory_item_id,
        sum(available_count) as available_count,
        bool_or(available_count > 0) as has_units
    from inventory_levels
    group by inventory_item_id
),

final as (
    select
        variants.variant_id,
        variants.product_id,
        variants.sku,
        variants.barcode,
        variants.variant_position,
        variants.price_amount,
        variants.compare_at_amount,
        variants.price_lists,
        inventory_items.unit_cost_amount,
        inventory_items.currency as unit_cost_currency,
        -- levels are read more often than variants; a variant without levels has its own count
        coalesce(stock.available_count, variants.reported_stock_count, 0)::integer as stock_count,
        (
            variants.has_backorders
            or not coalesce(inventory_items.is_tracked, true)
            -- of one location although another one owes more
            or coalesce(stock.has_units, variants.reported_stock_count > 0, false)
        ) as is_in_stock
    from variants
    left join inventory_items on variants.inventory_item_id = inventory_items.inventory_item_id
    left join stock on variants.inventory_item_id = stock.inventory_item_id
)

select * from final
