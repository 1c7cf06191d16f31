{#-
    What a variant costs in the other currencies of a Shopify shop, from its presentment prices: an object, currency to
    `currency`, `price` and `compare_at_price`; empty where the connector was not told to bring them.
-#}
{% macro presentment_price_lists(column) -%}
    (
        select
            coalesce(
                jsonb_object_agg(
                    listed.pair -> 'price' ->> 'currency_code',
                    jsonb_build_object(
                        'currency', listed.pair -> 'price' ->> 'currency_code',
                        'price', (listed.pair -> 'price' ->> 'amount')::numeric,
                        'compare_at_price', (listed.pair -> 'compare_at_price' ->> 'amount')::numeric
                    )
                ), '{}'
            )
        from jsonb_path_query({{ column }}, '$[*]') as listed (pair)
        where
            listed.pair -> 'price' ->> 'currency_code' is not null
            and (listed.pair -> 'price' ->> 'amount')::numeric >= 0
    )
{%- endmacro %}

{#-
    What one unit costs a customer group of a Magento shop, from its tier prices: an object, number of the group to
    `price`, in the shop's currency. Where a group has a price per website, the lowest.
-#}
{% macro group_price_lists(column) -%}
    (
        select coalesce(jsonb_object_agg(groups.customer_group, jsonb_build_object('price', groups.price)), '{}')
        from (
            select
                tiers.tier ->> 'customer_group_id' as customer_group,
                min((tiers.tier ->> 'value')::numeric) as price
            from jsonb_path_query({{ column }}, '$[*]') as tiers (tier)
            where
                tiers.tier ->> 'customer_group_id' is not null
                and (tiers.tier ->> 'value')::numeric >= 0
                and (tiers.tier ->> 'qty')::numeric <= 1
            group by tiers.tier ->> 'customer_group_id'
        ) as groups
    )
{%- endmacro %}
