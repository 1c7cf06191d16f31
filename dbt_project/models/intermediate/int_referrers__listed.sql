{{ config(indexes=[{'columns': ['referrer'], 'unique': true}]) }}

with data_set as (
    select * from {{ ref('referrers') }}
),

shop as (
    select * from {{ ref('shop_referrers') }}
),

listed as (
    select
        referrer,
        category,
        name,
        2 as place
    from data_set
    union all
    select
        referrer,
        category,
        name,
        1 as place
    from shop
    {% for host in own_hosts() %}
        union all
        select
            '{{ host }}' as referrer,
            'own' as category,
            'the shop' as name,
            0 as place
    {% endfor %}
),

final as (
    select distinct on (lower(referrer))
        lower(referrer) as referrer,
        category,
        name
    from listed
    order by lower(referrer), place
)

select * from final
