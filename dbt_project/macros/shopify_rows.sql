{#- The rows of a raw Shopify stream that the shop still has, the newest of each id. -#}
{% macro shopify_rows(stream) -%}
    select distinct on (id) *
    from {{ source('raw_shop', stream) }}
    where id::text not in (select key from {{ source('raw_shop', 'deleted_keys') }} where stream = '{{ stream }}')
    order by id asc, _airbyte_extracted_at desc
{%- endmacro %}
