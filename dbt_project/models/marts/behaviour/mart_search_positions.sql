with searches as (
    select * from {{ ref('fct_searches') }}
    where not is_bot and first_click_rank is not null
),

final as (
    select
        -- keys
        search_date,
        first_click_rank,

        -- counts
        count(*)::integer as clicked_searches_count,
        count(distinct search_term)::integer as terms_count,
        (count(*) filter (where has_cart))::integer as carting_searches_count,
        (count(*) filter (where has_order))::integer as ordering_searches_count
    from searches
    group by search_date, first_click_rank
)

select * from final
