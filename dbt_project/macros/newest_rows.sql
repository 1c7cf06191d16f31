{#- The newest extracted row of each key of a raw stream, of the rows that match `where`. -#}
{% macro newest_rows(source_name, stream, key='id', where=none) -%}
    select distinct on ({{ key }}) *
    from {{ source(source_name, stream) }}
    {% if where -%}
        where {{ where }}
    {% endif -%}
    order by {{ key | replace(',', ' asc,') }} asc, _airbyte_extracted_at desc
{%- endmacro %}

{#- The newest row of each id of a raw Shopify stream, without what the shop has deleted. -#}
{% macro shopify_rows(stream) -%}
    {%- set deleted -%}
        select key from {{ source('raw_shop', 'deleted_keys') }} where stream = '{{ stream }}'
    {%- endset -%}
    {{ newest_rows('raw_shop', stream, where='id::text not in (' ~ deleted ~ ')') }}
{%- endmacro %}
