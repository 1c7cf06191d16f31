with source as (
    {{ newest_rows('raw_magento', 'products') }}
),

-- attributes that the shop has added, except those with a column of their own
attributes as (
    {{
        newest_rows(
            'raw_magento', 'product_attributes', 'attribute_id',
            where="is_user_defined and attribute_code not in ('manufacturer', 'brand', 'cost', 'ean', 'gtin', 'barcode')"
        )
    }}
),

options as (
    select
        attributes.attribute_code,
        found.choice ->> 'value' as option_id,
        found.choice ->> 'label' as label
    from attributes
    cross join lateral jsonb_path_query(attributes.options, '$[*]') as found (choice)
),

given as (
    select
        source.id as product_id,
        source.updated_at,
        attributes.attribute_code,
        attributes.frontend_input,
        found.attribute -> 'value' #>> '{}' as given_value
    from source
    cross join lateral jsonb_path_query(source.custom_attributes, '$[*]') as found (attribute)
    inner join attributes on found.attribute ->> 'attribute_code' = attributes.attribute_code
),

-- the labels of the chosen options, joined by commas
chosen as (
    select
        given.product_id,
        given.attribute_code,
        string_agg(options.label, ', ' order by picked.place) as labels
    from given
    cross join lateral regexp_split_to_table(given.given_value, ',') with ordinality as picked (option_id, place)
    inner join options
        on given.attribute_code = options.attribute_code and picked.option_id = options.option_id
    where given.frontend_input in ('select', 'multiselect')
    group by given.product_id, given.attribute_code
),

final as (
    select
        -- ids
        given.product_id::text as product_id,

        -- what it is
        jsonb_object_agg(
            given.attribute_code,
            case
                when given.frontend_input = 'boolean' then case given.given_value when '1' then 'yes' else 'no' end
                else coalesce(chosen.labels, given.given_value)
            end
        ) as attributes,

        -- times
        max(given.updated_at) as updated_at
    from given
    left join chosen
        on given.product_id = chosen.product_id and given.attribute_code = chosen.attribute_code
    where nullif(given.given_value, '') is not null
    group by given.product_id
)

select * from final
